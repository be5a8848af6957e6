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
  /// feature that is not known here; the place names file and JSON pointer or metadata key. Ends
  /// soon after the run is no longer wanted (exit 130).
  public static func load(_ model: OpenModel, run: Run = Run()) throws(Problem) -> Tokenizer {
    if model.format == .gguf, !model.ggufMetadata.isEmpty {
      try run.check()
      return try load(gguf: model.ggufMetadata, file: model.path)
    }
    return try load(of: model.place, run)
  }

  /// The tokenizer at a path: a tokenizer.json, a SentencePiece model, a model that has one of
  /// them, or a GGUF file, with or without tensors.
  public static func load(path: String, run: Run = Run()) throws(Problem) -> Tokenizer {
    try load(ModelAddress(path: path), run: run)
  }

  /// The same for one of several models.
  public static func load(
    _ address: ModelAddress, run: Run = Run()
  ) throws(Problem) -> Tokenizer {
    let model = try ModelLocation(address)
    if model.isFolder {
      if file(of: model) != nil { return try load(of: model, run) }
    } else if let named = model.files.first {
      if named.name.hasSuffix(".json") {
        return try load(json: named.location, of: model, run)
      }
      if named.name.hasSuffix(".model") {
        return try load(sentencePiece: named.location, of: model, run)
      }
    }
    return try load(OpenModel.require(try ModelContents.read(model, run: run)), run: run)
  }

  /// The file of a model that holds its tokenizer.
  private static func file(of model: ModelLocation) -> (name: String, path: String)? {
    ([documentName] + sentencePieceNames).lazy
      .compactMap { name in model.location(beside: name).map { (name, $0) } }.first
  }

  private static func load(of model: ModelLocation, _ run: Run) throws(Problem) -> Tokenizer {
    guard let (name, path) = file(of: model) else {
      throw Problem(
        .malformed, "no_tokenizer", place: model.directory,
        reason: "there is no \(documentName) beside the model",
        remedy: "add the model's tokenizer.json, or pass identifiers instead of texts")
    }
    return name.hasSuffix(".json")
      ? try load(json: path, of: model, run) : try load(sentencePiece: path, of: model, run)
  }
}
