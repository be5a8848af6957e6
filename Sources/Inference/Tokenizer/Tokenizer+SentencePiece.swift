// A tokenizer from a SentencePiece model file, with the meaning of the SentencePiece library.
//
// Control pieces that are written in a text are plain text; user-defined pieces match. Nothing is
// added around a text unless a tokenizer_config.json beside the file says so.

import Base
import Formats

extension Tokenizer {
  static func load(
    sentencePiece path: String, of model: ModelLocation, _ run: Run
  ) throws(Problem) -> Tokenizer {
    let bytes = try FileSystem.read(path, limitBytes: SentencePieceModel.fileBytesMax)
    let pieces = try SentencePieceModel(reading: bytes, file: path)
    try run.check()
    var parts = try SentencePieceParts(pieces, file: path).parts()
    let names = try SpecialNames(of: model, run)
    if names.addsBegin, let begin = parts.beginOfText { parts.template.before = [begin] }
    if names.addsEnd, let end = parts.endOfText { parts.template.after = [end] }
    return Tokenizer(parts)
  }
}

/// Builds the parts of a tokenizer from what a SentencePiece model says.
struct SentencePieceParts {
  let model: SentencePieceModel
  let file: String

  init(_ model: SentencePieceModel, file: String) {
    self.model = model
    self.file = file
  }

  private func unsupported(_ what: String) -> Problem {
    Problem(
      .malformed, "unsupported_tokenizer", place: file, reason: "\(what) is not supported",
      remedy: "tokenize with the model's own library and pass identifiers instead of texts")
  }

  func parts() throws(Problem) -> TokenizerParts {
    if model.hasDenormalizer { throw unsupported("a model with rules for decoding") }
    var vocabulary = Vocabulary()
    vocabulary.reserve(model.pieces.count)
    var userDefined = TokenTrie()
    for (index, piece) in model.pieces.enumerated() {
      guard piece.text.count <= UnigramModel.lengthMax, !piece.text.isEmpty,
        vocabulary.insert(piece.text, at: index)
      else { throw unsupported("piece \(index), empty or too long,") }
      if piece.type == .userDefined {
        userDefined.insert(UTF8Text.scalars(piece.text), value: index)
      }
    }
    return TokenizerParts(
      added: AddedTokens([], normalizer: nil), normalizer: try normalizer(userDefined),
      preTokenizer: nil, model: try model(vocabulary, userDefined), decoder: decoder(),
      spelling: .marked(space: Self.spaceMark, namesBytes: true),
      beginOfText: identifier(model.beginIdentifier), endOfText: identifier(model.endIdentifier))
  }

  private static let spaceMark = UTF8Text.bytes([SentencePieceNormalizer.spaceMark])

  private func identifier(_ number: Int) -> Int32? {
    model.pieces.indices.contains(number) && model.pieces[number].type == .control
      ? Int32(number) : nil
  }

  private func normalizer(_ userDefined: TokenTrie) throws(Problem) -> Normalizer {
    var map: CharactersMap?
    if !model.charactersMap.isEmpty {
      map = CharactersMap(model.charactersMap)
      if map == nil { throw unsupported("this form of normalization rules") }
    }
    return .sentencePiece(
      SentencePieceNormalizer(
        map: map, userDefined: userDefined, addsDummyPrefix: model.addsDummyPrefix,
        removesExtraSpaces: model.removesExtraSpaces, escapesSpaces: model.escapesSpaces,
        treatsSpaceAsSuffix: model.treatsSpaceAsSuffix))
  }

  private func identifiers(of type: SentencePieceModel.PieceType) -> Set<Int32> {
    Set(model.pieces.indices.lazy.filter { model.pieces[$0].type == type }.map { Int32($0) })
  }

  private func model(
    _ vocabulary: Vocabulary, _ userDefined: TokenTrie
  ) throws(Problem) -> any TokenModel {
    let scores = model.pieces.map { piece -> Float? in
      switch piece.type {
      case .normal, .userDefined, .unused: piece.score
      case .unknown, .control, .byte: nil
      }
    }
    let unknown = identifiers(of: .unknown).min()
    switch model.algorithm {
    case .bytePairs:
      return ScoredPairModel(
        vocabulary: vocabulary, scores: scores,
        options: ScoredPairModel.Options(
          unknownToken: unknown, hasByteFallback: model.hasByteFallback,
          unused: identifiers(of: .unused), userDefined: userDefined))
    case .unigram:
      return UnigramModel(
        vocabulary: vocabulary, scores: scores.map { $0.map(Double.init) },
        options: UnigramModel.Options(
          unknownToken: unknown, hasByteFallback: model.hasByteFallback,
          usesSinglePrecision: true, unused: identifiers(of: .unused),
          userDefined: identifiers(of: .userDefined)))
    case .words, .characters: throw unsupported("a model of whole words or characters")
    }
  }

  private func decoder() -> TokenDecoder {
    var silent: Set<[UInt8]> = []
    var unknown: Set<[UInt8]> = []
    for piece in model.pieces {
      if piece.type == .control { silent.insert(piece.text) }
      if piece.type == .unknown { unknown.insert(piece.text) }
    }
    return .sentencePiece(
      SentencePieceDecoder(
        spaceMark: Self.spaceMark, control: silent, unknown: unknown,
        unknownSurface: model.unknownSurface,
        dropsFirstSpace: model.addsDummyPrefix || model.removesExtraSpaces,
        dropsAllLeading: model.removesExtraSpaces))
  }
}
