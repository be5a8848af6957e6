// Finds the tokenizer of a model.
//
// A GGUF file carries its own. For other models the directory decides: tokenizer.json first. What a
// file says is never completed from outside.

import Base
import Formats

extension Tokenizer {
  static let documentName = "tokenizer.json"

  /// The tokenizer of an open model. Throws `Problem` (exit 4) if there is none, or if it has a
  /// feature that is not known here; the place names file and JSON pointer or metadata key.
  public static func load(_ model: OpenModel) throws(Problem) -> Tokenizer {
    if model.format == .gguf, !model.ggufMetadata.isEmpty {
      return try load(gguf: model.ggufMetadata, file: model.path)
    }
    return try load(directory: model.directory)
  }

  /// The tokenizer at a path: a tokenizer.json, a model directory that holds one, or a GGUF file,
  /// with or without tensors.
  public static func load(path: String) throws(Problem) -> Tokenizer {
    let path = FileSystem.kind(of: path) == .link ? try FileSystem.realPath(path) : path
    if FileSystem.kind(of: path) == .directory {
      if FileSystem.exists(FileSystem.join(path, documentName)) { return try load(directory: path) }
      return try load(OpenModel.open(path))
    }
    if FileSystem.lastComponent(path).hasSuffix(".json") {
      return try load(json: path, directory: FileSystem.directoryName(path))
    }
    return try load(OpenModel.open(path))
  }

  private static func load(directory: String) throws(Problem) -> Tokenizer {
    let document = FileSystem.join(directory, documentName)
    guard FileSystem.exists(document) else {
      throw Problem(
        .malformed, "no_tokenizer", place: directory,
        reason: "there is no \(documentName) beside the model",
        remedy: "add the model's tokenizer.json, or pass identifiers instead of texts")
    }
    return try load(json: document, directory: directory)
  }
}
