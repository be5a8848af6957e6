// The kinds of tokenizers that GGUF files carry, put together from their metadata.

import Base
import Formats

extension GGUFTokenizerReader {
  // MARK: Byte-level BPE

  func byteLevel() throws(Problem) -> TokenizerParts {
    let tokens = try tokens()
    let kinds = try kinds(count: tokens.count)
    let name = value("pre")?.text ?? ""
    guard let style = try GGUFStyle(name) else {
      throw unsupported("the pre-tokenizer \"\(name)\"", "pre")
    }
    let added = try addedTokens(
      tokens, kinds, special: [.control, .unknown], plain: [.userDefined])
    let begin = try identifier("bos_token_id", count: tokens.count)
    let end = try identifier("eos_token_id", count: tokens.count)
    return TokenizerParts(
      added: AddedTokens(added, normalizer: style.normalizer), normalizer: style.normalizer,
      preTokenizer: style.preTokenizer,
      model: try bytePairModel(tokens, ignoresMerges: style.ignoresMerges),
      decoder: .byteLevel, spelling: .byteAlphabet,
      template: try template(
        begin: begin, end: end, addsBegin: style.addsBegin, addsEnd: false),
      beginOfText: begin, endOfText: end)
  }

  private func bytePairModel(
    _ tokens: [[UInt8]], ignoresMerges: Bool
  ) throws(Problem) -> BytePairModel {
    guard let merges = value("merges")?.array?.strings else {
      throw problem("the list of merges is missing", "merges")
    }
    guard merges.count <= BytePairModel.mergeCountMax else {
      throw unsupported("a list of merges so long", "merges")
    }
    var pairs: [(ByteName, ByteName)] = []
    pairs.reserveCapacity(merges.count)
    for (index, merge) in merges.enumerated() {
      guard let pair = BytePairModel.pair(merge) else {
        throw problem("merge \(index) is not two tokens with a space between", "merges")
      }
      pairs.append(pair)
    }
    var options = BytePairModel.Options()
    options.ignoresMerges = ignoresMerges
    let vocabulary = try vocabulary(tokens)
    do {
      return try BytePairModel(vocabulary: vocabulary, merges: pairs, options: options)
    } catch {
      throw problem("merge \(error.index) joins or makes a token that is not listed", "merges")
    }
  }
}

// MARK: SentencePiece

extension GGUFTokenizerReader {
  /// One finite score for each token.
  private func scores(count: Int) throws(Problem) -> [Float] {
    guard let scores = value("scores")?.array?.floats, scores.count == count,
      scores.allSatisfy(\.isFinite)
    else { throw problem("expected one number for each token", "scores") }
    return scores
  }

  /// The model "llama": pairs by score, no merges. Texts are treated as the converted models do it:
  /// a mark in front of every part between special tokens, every space a mark.
  func scoredPairs() throws(Problem) -> TokenizerParts {
    let tokens = try tokens()
    let kinds = try kinds(count: tokens.count)
    let scores = try scores(count: tokens.count)
    let unknown =
      try identifier("unknown_token_id", count: tokens.count)
      ?? kinds.firstIndex(of: .unknown).map { Int32($0) }
    let begin = try identifier("bos_token_id", count: tokens.count)
    let end = try identifier("eos_token_id", count: tokens.count)
    let addsSpace = try flag("add_space_prefix") ?? true
    let mark = SentencePieceNormalizer.spaceMark
    let space = Normalizer.replace(.literal([0x20]), with: [mark])
    let normalizer = addsSpace ? Normalizer.sequence([.prepend([mark]), space]) : space
    let added = try addedTokens(
      tokens, kinds, special: [.control, .unknown], plain: [.userDefined])
    let marked = UTF8Text.bytes([mark])
    return TokenizerParts(
      added: AddedTokens(added, normalizer: normalizer), normalizer: normalizer,
      preTokenizer: nil,
      model: ScoredPairModel(
        vocabulary: try vocabulary(tokens),
        scores: zip(kinds, scores).map { $0 == .normal ? $1 : nil },
        options: ScoredPairModel.Options(unknownToken: unknown, hasByteFallback: true)),
      decoder: .sequence(
        [.replace(pattern: marked, with: [0x20]), .byteFallback, .fuse]
          + (addsSpace ? [.strip(character: [0x20], start: 1, stop: 0)] : [])),
      spelling: .marked(space: marked, namesBytes: true),
      template: try template(begin: begin, end: end, addsBegin: true, addsEnd: false),
      beginOfText: begin, endOfText: end)
  }

  /// The model "t5": a SentencePiece unigram model, with its settings under keys of their own.
  func unigram() throws(Problem) -> TokenizerParts {
    let tokens = try tokens()
    let kinds = try kinds(count: tokens.count)
    let scores = try scores(count: tokens.count)
    var model = SentencePieceModel()
    for (index, token) in tokens.enumerated() {
      // Undefined tokens are padding: they stand in no text.
      let type = SentencePieceModel.PieceType(rawValue: kinds[index].rawValue) ?? .unused
      model.pieces.append(
        SentencePieceModel.Piece(text: token, score: scores[index], type: type))
    }
    model.hasByteFallback = kinds.contains(.byte)
    model.addsDummyPrefix = try flag("add_space_prefix") ?? true
    model.removesExtraSpaces = try flag("remove_extra_whitespaces") ?? true
    if let map = value("precompiled_charsmap") {
      guard let bytes = map.array?.integers?.compactMap({ UInt8(exactly: $0 & 0xFF) }) else {
        throw problem("expected bytes", "precompiled_charsmap")
      }
      model.charactersMap = bytes
    }
    let begin = try identifier("bos_token_id", count: tokens.count)
    let end = try identifier("eos_token_id", count: tokens.count)
    var parts = try SentencePieceParts(model, file: file).parts()
    parts.added = AddedTokens(
      try addedTokens(tokens, kinds, special: [.control, .unknown], plain: []),
      normalizer: parts.normalizer)
    parts.beginOfText = begin
    parts.endOfText = end
    parts.template = try template(begin: begin, end: end, addsBegin: false, addsEnd: true)
    return parts
  }
}

// MARK: Word pieces

extension GGUFTokenizerReader {
  /// The model "bert". The file marks the beginning of words, not their continuation, and does not
  /// say how texts are normalized; that is known for vocabularies without upper case.
  func wordPieces() throws(Problem) -> TokenizerParts {
    let tokens = try tokens()
    let kinds = try kinds(count: tokens.count)
    let mark = UTF8Text.bytes([SentencePieceNormalizer.spaceMark])
    let prefix = Array("##".utf8)
    var pieces: [[UInt8]] = []
    for (token, kind) in zip(tokens, kinds) {
      guard kind == .normal || kind == .unused else {
        pieces.append(token)
        continue
      }
      pieces.append(token.starts(with: mark) ? Array(token.dropFirst(mark.count)) : prefix + token)
      if token.contains(where: { 0x41...0x5A ~= $0 }) {
        throw unsupported("word pieces with upper case, whose normalization is unknown,", "tokens")
      }
    }
    guard let unknown = try identifier("unknown_token_id", count: tokens.count) else {
      throw problem("the unknown token is not named", "unknown_token_id")
    }
    let begin = try identifier(
      value("cls_token_id") == nil ? "bos_token_id" : "cls_token_id", count: tokens.count)
    // The key is misspelled in the format itself.
    let end = try identifier(
      value("seperator_token_id") == nil ? "eos_token_id" : "seperator_token_id",
      count: tokens.count)
    let normalizer = Normalizer.bert(
      BertNormalizer(
        cleansText: true, isolatesIdeographs: true, stripsAccents: true, lowercases: true))
    let added = try addedTokens(
      tokens, kinds, special: [.control, .unknown], plain: [.userDefined])
    return TokenizerParts(
      added: AddedTokens(added, normalizer: normalizer), normalizer: normalizer,
      preTokenizer: .bert,
      model: WordPieceModel(
        vocabulary: try vocabulary(pieces), unknownToken: unknown, continuingPrefix: prefix,
        wordLengthMax: 100),
      decoder: .wordPiece(prefix: prefix, cleansUp: true), spelling: .wordPieces(prefix: prefix),
      template: try template(begin: begin, end: end, addsBegin: true, addsEnd: true),
      beginOfText: begin, endOfText: end)
  }
}
