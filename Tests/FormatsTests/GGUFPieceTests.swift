import Base
import Testing

@testable import Formats

/// Goal: a model in pieces is taken whole or refused, and the refusal names piece and key.
@Suite("The pieces of a GGUF model")
struct GGUFPieceTests {
  static func piece(
    _ index: Int, of count: Int = 3, no: Int? = nil, count said: Int? = nil, all: Int = 6,
    tensors: Int = 2, dropping dropped: [ByteName] = []
  ) -> GGUFPieces.Piece {
    var metadata: [ByteName: GGUFValue] = [
      GGUFPieces.number: .uint16(UInt16(no ?? index)),
      GGUFPieces.count: .uint16(UInt16(said ?? count)), GGUFPieces.tensorCount: .int32(Int32(all)),
    ]
    for key in dropped { metadata[key] = nil }
    return GGUFPieces.Piece(
      name: "m-0000\(index + 1)-of-0000\(count).gguf", metadata: metadata, tensorCount: tensors)
  }

  @Test("that agree are taken, also if the first holds metadata alone")
  func whole() throws {
    try GGUFPieces.check((0..<3).map { Self.piece($0) })
    try GGUFPieces.check([
      Self.piece(0, tensors: 0), Self.piece(1, tensors: 3), Self.piece(2, tensors: 3),
    ])
  }

  @Test("may lie beside other files, and a file alone may be called like a piece")
  func others() throws {
    let other = GGUFPieces.Piece(name: "mmproj.gguf", metadata: [:], tensorCount: 9)
    try GGUFPieces.check((0..<3).map { Self.piece($0) } + [other])
    try GGUFPieces.check([
      GGUFPieces.Piece(name: "m-00001-of-00001.gguf", metadata: [:], tensorCount: 9)
    ])
    try GGUFPieces.check([other, other])
  }

  static let all = [GGUFPieces.number, GGUFPieces.count, GGUFPieces.tensorCount]

  @Test(
    "are refused where one of them does not agree",
    arguments: [
      ([piece(0), piece(1), piece(2, no: 1)], "m-00003-of-00003.gguf", "split.no"),
      ([piece(0), piece(1, count: 4), piece(2)], "m-00002-of-00003.gguf", "split.count"),
      ([piece(0), piece(1)], "m-00001-of-00003.gguf", "split.count"),
      ([piece(0), piece(1), piece(2, tensors: 1)], "m-00001-of-00003.gguf", "split.tensors.count"),
      ([piece(0), piece(1, dropping: all), piece(2)], "m-00002-of-00003.gguf", "split.no"),
      ([piece(0, of: 2, all: 2)], "m-00001-of-00002.gguf", "split.count"),
    ])
  func refused(files: [GGUFPieces.Piece], name: String, key: String) throws {
    let problem = try #require(throws: Problem.self) { try GGUFPieces.check(files) }
    #expect(problem.kind == .malformed)
    #expect(problem.place == name)
    #expect(problem.reason.contains(key))
  }
}
