import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: archives are read as every other reader reads them, or not at all.
/// Method: streams that zlib made, archives bent by hand, every truncation and byte change.
@Suite("An archive")
struct ArchiveTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Deflate streams of zlib with each kind of block: length, CRC and stream.
  static let streams: [(name: String, count: Int, crc: UInt32, base64: String)] = [
    ("empty", 0, 0, "AwA="),
    ("run", 5000, 1_291_082_102, "7cExAQAAAMKgrOtfwhR+QAEAAAAAbwM="),
    (
      "fixed", 200, 4_132_514_831,
      "y0msTC1SMFAoT81MzyhRMODKAQsYwgQMoQJGMAETqIAxTMASKmAC12IGFTGFiRiZQkXMYCLGMDVwm00s0a02M0G328"
        + "IQ3XJDA6iLAQ=="
    ),
    (
      "dynamic", 3584, 3_271_239_668,
      "jZdLamQxDEXnWUUtQT/L9nIyCElDjZqGJrsPhPc80AG7pqKqDpLuvXI9378//j7k8f/jz+fXv4e8PX8Lehf0KthdiKvg"
        + "d2FehVhfyavS7oq1q5J3xe/PLHLMis6o7KEVriIVb1Lx4RWfo+Jnq3jzim/ofXTQtdLbqPTZK917pQ+pdAO9K0Y/"
        + "K71LpZtVegfd0fu0Sm8GeoA+Kz1apaujdyy+ZaU79g7VDaguAQ+2DsVrR+uVPQnH1gfnPiq8Z4V3dL6+FfjlDX3C"
        + "cBD86tMwC8e8AjPdzR16R840dD6g96WUgJo2iluqFChXoW6DAxwuCThp47blSIFrFc42uN+REIEU2STNSiNBYilS"
        + "zZB8jnQMJOgmZVcSC+NakemG3HfchsD92NwYhexwYtA6BI+YQb4HrIauExtv0Fuem07k6xpecsKCNShWZVjnZuVL"
        + "Fg3SSchLIEGFTA1S3sh94Kwb6B1yV6y887Da2eqO3ldkJGJFED2KeDJE2CbmBha/4jIRqVJTVxHMhvDeBLxD8etQ"
        + "ZL0lgnOjOEmGs7U5bR0+7+i84zE37EyfebzqioR1+C0g+GwvzP38nGl8UkDvSykCNW0Up3F+yk2cNke8d3rdzm5b"
        + "jtw8Y41Bh8PqoM9+ThrT8xO+gW7ofULxOc4pa/LC/5cBvyUWH7gx/sKN0eR/tx8="
    ),
  ]

  func inflate(_ bytes: [UInt8], limit: Int) throws -> [UInt8] {
    try Inflate.bytes(bytes.span.bytes, limit: limit)
  }

  @Test("inflates what zlib deflated", arguments: streams)
  func inflates(_ stream: (name: String, count: Int, crc: UInt32, base64: String)) throws {
    let bytes = try #require(Base64.decode(stream.base64))
    let result = try inflate(bytes, limit: stream.count)
    #expect(result.count == stream.count)
    #expect(CRC32.checksum(result.span.bytes) == stream.crc)
    if stream.count > 0 {
      #expect(throws: InflateError.tooLong) { _ = try inflate(bytes, limit: stream.count - 1) }
    }
    for count in 0..<bytes.count - 1 {
      #expect(throws: InflateError.self) {
        _ = try inflate(Array(bytes[..<count]), limit: stream.count)
      }
    }
  }

  @Test("inflates a stored block, across the window")
  func stored() throws {
    let data = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
    var stream: [UInt8] = []
    for start in stride(from: 0, to: data.count, by: 65_535) {
      let piece = data[start..<min(start + 65_535, data.count)]
      let length = UInt16(piece.count)
      stream += [start + 65_535 >= data.count ? 1 : 0] + littleEndian(length)
      stream += littleEndian(~length) + piece
    }
    #expect(try inflate(stream, limit: data.count) == data)
  }

  @Test("never produces more than its limit, whatever the bits say")
  func noise() {
    var random = CounterRandom(seed: 11, stream: 0)
    for _ in 0..<2000 {
      let bytes = (0..<64).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      if let result = try? inflate(bytes, limit: 1000) { #expect(result.count <= 1000) }
    }
  }

  @Test("has the CRC of the standard")
  func crc() {
    #expect(CRC32.checksum(Array("123456789".utf8).span.bytes) == 0xCBF4_3926)
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    for cut in [0, 1, 7, 8, 9, 500] {
      var crc = CRC32()
      crc.update(bytes.span.bytes.extracting(0..<cut))
      crc.update(bytes.span.bytes.extracting(cut..<1000))
      #expect(crc.value == CRC32.checksum(bytes.span.bytes))
    }
  }

  // MARK: Members

  static func array(_ header: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let text = header + String(repeating: " ", count: (63 - (10 + header.utf8.count) % 64)) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + littleEndian(UInt16(text.utf8.count))
      + Array(text.utf8) + data
  }

  static func archive(_ members: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    TinyModels.zip(members) { CRC32.checksum($0.span.bytes) }
  }

  static let plain = array(
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
    littleEndian(Float(1).bitPattern) + littleEndian(Float(2).bitPattern))

  func npz(_ members: [(name: String, bytes: [UInt8])]) throws -> OpenModel {
    try OpenModel.open(try folder.write("m.npz", Self.archive(members)))
  }

  @Test("of arrays gives row-major, little-endian bytes whatever it stores")
  func orders() throws {
    let column: [UInt8] = [1, 3, 5, 2, 4, 6]  // [[1, 2], [3, 4], [5, 6]] by columns
    let model = try npz([
      ("f.npy", Self.array("{'descr': '|u1', 'fortran_order': True, 'shape': (3, 2)}", column)),
      (
        "b.npy",
        Self.array("{'descr': '>i2', 'fortran_order': False, 'shape': (2,)}", [1, 2, 3, 4])
      ),
      ("p.npy", Self.plain),
    ])
    let bytes = model.tensors.map { entry in
      model.withBytes(of: entry) { $0.withUnsafeBytes { Array($0) } }
    }
    #expect(model.tensors.map(\.name.text) == ["b", "f", "p"])
    #expect(bytes[0] == [2, 1, 4, 3])
    #expect(bytes[1] == [1, 2, 3, 4, 5, 6])
    try model.checkArchives(run: Run())
  }

  @Test(
    "of arrays is refused when a header is more than a literal",
    arguments: [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (__import__('os').system('x'),)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}",
      "{'descr': '<f4', 'fortran_order': False}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
      "{'descr': '<V2', 'fortran_order': False, 'shape': (4,)}",
      "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
      "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
      String(repeating: "(", count: 1000),
    ])
  func headers(header: String) throws {
    let problem = try #require(throws: Problem.self) {
      _ = try npz([("w.npy", Self.array(header, [0, 0, 0, 0, 0, 0, 0, 0]))])
    }
    #expect(problem.kind == .malformed)
    #expect(problem.place?.contains("\"w\"") == true)
  }

  @Test("of arrays is refused when a header is nested a million deep")
  func nestedHeader() throws {
    for bracket in ["(", "[", "{'a':"] {
      let text = Array(String(repeating: bracket, count: 1_000_000 / bracket.utf8.count).utf8)
      let array = [0x93] + Array("NUMPY".utf8) + [2, 0] + littleEndian(UInt32(text.count)) + text
      let problem = try #require(throws: Problem.self) { _ = try npz([("w.npy", array)]) }
      #expect(problem.reason.contains("nested"))
    }
  }

  @Test("of objects is a finding, and its tensors are not read")
  func objects() throws {
    for descr in ["'|O'", "[('a', '<f4'), ('b', '|O')]"] {
      let header = "{'descr': \(descr), 'fortran_order': False, 'shape': (2,)}"
      let path = try folder.write("o.npz", Self.archive([("w.npy", Self.array(header, [1]))]))
      let contents = try ModelContents.read(path)
      #expect(contents.model == nil)
      #expect(contents.findings.map(\.id) == ["npy-object"])
    }
  }

  @Test(
    "is refused when a member's name leaves its folder",
    arguments: ["../w.npy", "/w.npy", "a/../w.npy", "a\\w.npy", "C:w.npy", "a//w.npy"])
  func names(name: String) throws {
    #expect(throws: Problem.self) { _ = try npz([(name, Self.plain)]) }
  }

  @Test("is refused when a member's bytes do not have its CRC")
  func checksums() throws {
    var bytes = Self.archive([("w.npy", Self.plain)])
    bytes[30 + 5 + Self.plain.count - 1] ^= 1
    let model = try OpenModel.open(try folder.write("m.npz", bytes))
    let problem = try #require(throws: Problem.self) { try model.checkArchives(run: Run()) }
    #expect(problem.code == "zip_crc")
  }

  @Test("is read or refused, and nothing else, whichever byte changes or is missing")
  func bent() throws {
    let whole = Self.archive([("a.npy", Self.plain), ("b.npy", Self.plain)])
    for count in 0..<whole.count {
      #expect(throws: Problem.self, "\(count) bytes") {
        _ = try OpenModel.open(try folder.write("m.npz", Array(whole[..<count])))
      }
    }
    for position in whole.indices {
      for value: UInt8 in [0, 1, 0xFF] where whole[position] != value {
        var bytes = whole
        bytes[position] = value
        let path = try folder.write("m.npz", bytes)
        do { try OpenModel.open(path).checkArchives(run: Run()) } catch {
          #expect(error.kind == .malformed, "\(position): \(error)")
        }
      }
    }
  }
}
