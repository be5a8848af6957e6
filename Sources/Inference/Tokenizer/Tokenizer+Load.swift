// Finds the tokenizer of a model.
//
// A GGUF file carries its own. For other models the directory decides: tokenizer.json first, then a
// SentencePiece model. What a file says is never completed from outside.

import Base
import Formats

extension Tokenizer {
  static let documentName = "tokenizer.json"
  static let sentencePieceNames = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model"]

  /// The tokenizer of an open model. Throws `Problem` (exit 4) if there is none, or if it has a
  /// feature that is not known here; the place names file and JSON pointer or metadata key.
  public static func load(_ model: OpenModel) throws(Problem) -> Tokenizer {
    if model.format == .gguf, !model.ggufMetadata.isEmpty {
      return try load(gguf: model.ggufMetadata, file: model.path)
    }
    return try load(directory: model.directory)
  }

  /// The tokenizer at a path: a tokenizer.json, a SentencePiece model, a model directory that holds
  /// one of them, or a GGUF file, with or without tensors.
  public static func load(path: String) throws(Problem) -> Tokenizer {
    let path = FileSystem.kind(of: path) == .link ? try FileSystem.realPath(path) : path
    if FileSystem.kind(of: path) == .directory {
      if file(in: path) != nil { return try load(directory: path) }
      return try load(OpenModel.open(path))
    }
    let directory = FileSystem.directoryName(path)
    switch FileSystem.lastComponent(path) {
    case let name where name.hasSuffix(".json"): return try load(json: path, directory: directory)
    case let name where name.hasSuffix(".model"):
      return try load(sentencePiece: path, directory: directory)
    default: return try load(OpenModel.open(path))
    }
  }

  /// The file in a directory that holds its tokenizer.
  private static func file(in directory: String) -> String? {
    ([documentName] + sentencePieceNames).lazy.map { FileSystem.join(directory, $0) }
      .first(where: FileSystem.exists)
  }

  private static func load(directory: String) throws(Problem) -> Tokenizer {
    guard let path = file(in: directory) else {
      throw Problem(
        .malformed, "no_tokenizer", place: directory,
        reason: "there is no \(documentName) beside the model",
        remedy: "add the model's tokenizer.json, or pass identifiers instead of texts")
    }
    return path.hasSuffix(".json")
      ? try load(json: path, directory: directory)
      : try load(sentencePiece: path, directory: directory)
  }
}
