// Whether the pieces of a GGUF model are all there and belong together.
//
// `llama-gguf-split` writes three keys into each piece: split.no counts from 0, split.count is the
// number of pieces, split.tensors.count the number of tensors in all of them. Which files are
// pieces by their names is decided elsewhere; here their keys, their order and their tensors are
// held against each other, so that no model is named by a part of it.

import Base

enum GGUFPieces {
  static let number: ByteName = "split.no"
  static let count: ByteName = "split.count"
  static let tensorCount: ByteName = "split.tensors.count"

  /// A file among those that are taken together.
  struct Piece {
    let name: String
    let metadata: [ByteName: GGUFValue]
    let tensorCount: Int

    var isSplit: Bool {
      [GGUFPieces.number, GGUFPieces.count, GGUFPieces.tensorCount].contains {
        metadata[$0] != nil
      }
    }
  }

  /// Throws what is wrong with the pieces among some files, which are sorted by their names. Files
  /// that neither say that they are pieces nor are called so are let pass.
  static func check(_ files: [Piece]) throws(Problem) {
    let pieces = files.filter { $0.isSplit || isNamedPiece($0.name) }
    guard let first = pieces.first(where: \.isSplit) ?? pieces.first else { return }
    // A file called like a piece may be a whole model of its own.
    if pieces.count == 1, !first.isSplit { return }
    let total = pieces.reduce(0) { $0 + $1.tensorCount }
    for (index, piece) in pieces.enumerated() {
      try hold(number, of: piece, to: index, "this is piece \(index + 1) in the order of names")
      try hold(count, of: piece, to: pieces.count, "\(pieces.count) pieces are there")
      try hold(tensorCount, of: piece, to: total, "the pieces hold \(total) tensors")
    }
  }

  /// What is wrong with pieces that lie beside the model, folder by folder.
  static func findings(of contents: ModelContents, besides known: Set<ByteName>) -> [Finding] {
    let beside = contents.files.filter { name in
      name.lowercased().hasSuffix(".gguf") && !known.contains(ByteName(name))
    }
    let folders = Dictionary(grouping: beside, by: FileSystem.directoryName)
    return folders.keys.sorted().compactMap { folder in
      let pieces = (folders[folder] ?? []).compactMap { name -> Piece? in
        guard let file = try? contents.open(name), let gguf = try? GGUF(file) else { return nil }
        return Piece(name: name, metadata: gguf.metadata, tensorCount: gguf.tensors.count)
      }
      do throws(Problem) {
        try check(pieces)
        return nil
      } catch {
        return Finding(
          id: "weights.unread", severity: .warning,
          message: "a part of a model in pieces: \(error.reason)", place: error.place)
      }
    }
  }

  private static func hold(
    _ key: ByteName, of piece: Piece, to wanted: Int, _ reason: String
  ) throws(Problem) {
    let value = piece.metadata[key]
    guard value?.int != wanted else { return }
    let said =
      value == nil
      ? "the key \(key) is missing" : "\(key) is \(value?.int.map(String.init) ?? "no number")"
    throw malformed(
      "gguf_split", piece.name, "\(said), and \(reason)",
      remedy: "get every piece of the model again, from one place, and keep their names")
  }

  /// NAME-00001-of-00003.gguf.
  private static func isNamedPiece(_ name: String) -> Bool {
    let tail = Array(name.utf8.suffix("-00001-of-00003.gguf".utf8.count))
    let digits = tail.enumerated().filter {
      (1...5).contains($0.offset) || (10...14).contains($0.offset)
    }
    return tail.count == 20 && digits.allSatisfy { (0x30...0x39).contains($0.element) }
      && tail[0] == UInt8(ascii: "-") && tail[6..<10].elementsEqual("-of-".utf8)
      && String(decoding: tail[15...], as: UTF8.self).lowercased() == ".gguf"
  }
}
