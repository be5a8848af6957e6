// The tokens of a model as its own files name them: the metadata of a GGUF, or tokenizer.json.

import Base
import Formats

extension TokenNames {
  static func metadata(_ model: OpenModel) -> [(hash: UInt64, row: Int)]? {
    guard let tokens = model.ggufMetadata["tokenizer.ggml.tokens"]?.array?.strings else {
      return nil
    }
    return tokens.enumerated().map { (hash($0.element), $0.offset) }
  }

  /// `model.vocab` of a tokenizer.json: an object of ids (BPE, WordPiece) or a list of pieces.
  static func tokenizerFile(_ model: OpenModel) -> [(hash: UInt64, row: Int)]? {
    guard let path = model.location(beside: "tokenizer.json"),
      let bytes = try? FileSystem.read(path, limitBytes: tokenizerBytesMax),
      let json = try? JSON.parse(bytes), let vocabulary = json["model"]?["vocab"]
    else { return nil }
    if let pieces = vocabulary.array {
      return pieces.enumerated().compactMap { index, piece in
        piece[0]?.string.map { (hash(Array($0.utf8)), index) }
      }
    }
    guard let ids = vocabulary.object else { return nil }
    var out: [(hash: UInt64, row: Int)] = []
    for (key, value) in ids.members {
      if let id = value.int, id >= 0 { out.append((hash(Array(key.utf8)), id)) }
    }
    return out
  }
}
