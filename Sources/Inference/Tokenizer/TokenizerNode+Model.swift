// Reads the model of a tokenizer.json.

import Base

extension TokenizerNode {
  func model() throws(Problem) -> any TokenModel {
    // Files of early versions leave the type out; all of them are BPE or have merges.
    let type = try self["type"]?.string ?? (self["merges"] != nil ? "BPE" : "")
    switch type {
    case "BPE": return try bytePairModel()
    case "WordPiece": return try wordPieceModel()
    case "Unigram": return try unigramModel()
    case "": throw problem("malformed_tokenizer", "the member \"type\" is missing")
    default: throw unsupported("the model \(type)")
    }
  }

  /// A vocabulary written as an object: token to identifier.
  func vocabulary() throws(Problem) -> Vocabulary {
    guard let object = value.object else { throw wrongType("an object") }
    guard object.count <= Vocabulary.countMax else { throw unsupported("a vocabulary so large") }
    var vocabulary = Vocabulary()
    vocabulary.reserve(object.count)
    for (token, identifier) in object.members {
      guard let identifier = identifier.int,
        vocabulary.insert(Array(token.utf8), at: identifier)
      else {
        throw problem(
          "malformed_tokenizer",
          "the identifier of \"\(token)\" is not a number below \(Vocabulary.countMax), or taken")
      }
    }
    return vocabulary
  }

  /// The identifier of the token that a member names.
  func token(_ key: String, in vocabulary: Vocabulary) throws(Problem) -> Int32? {
    guard let node = self[key] else { return nil }
    guard let identifier = vocabulary.identifier(of: try node.string.utf8) else {
      throw node.problem("malformed_tokenizer", "this token is not in the vocabulary")
    }
    return identifier
  }

  private func bytePairModel() throws(Problem) -> BytePairModel {
    try allow(
      "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
      "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges")
    if let dropout = self["dropout"], try dropout.double != 0 {
      throw dropout.unsupported("dropout, which makes tokens random,")
    }
    let vocabulary = try required("vocab").vocabulary()
    let options = BytePairModel.Options(
      unknownToken: try token("unk_token", in: vocabulary),
      fusesUnknown: try bool("fuse_unk", default: false),
      hasByteFallback: try bool("byte_fallback", default: false),
      ignoresMerges: try bool("ignore_merges", default: false),
      continuingPrefix: Array(try self["continuing_subword_prefix"]?.string.utf8 ?? "".utf8),
      endOfWordSuffix: Array(try self["end_of_word_suffix"]?.string.utf8 ?? "".utf8))
    let node = try required("merges")
    let merges = try node.merges()
    do {
      return try BytePairModel(vocabulary: vocabulary, merges: merges, options: options)
    } catch {
      throw node.problem(
        "malformed_tokenizer", "merge \(error.index) joins or makes a token that is not in vocab")
    }
  }

  /// `"a b"` or `["a", "b"]` each.
  private func merges() throws(Problem) -> [(ByteName, ByteName)] {
    guard let array = value.array else { throw wrongType("an array") }
    guard array.count <= BytePairModel.mergeCountMax else { throw unsupported("a list so long") }
    var result: [(ByteName, ByteName)] = []
    result.reserveCapacity(array.count)
    for (index, merge) in array.enumerated() {
      if let pair = merge.array, pair.count == 2, let left = pair[0].string,
        let right = pair[1].string
      {
        result.append((ByteName(left), ByteName(right)))
      } else if let text = merge.string,
        let pair = BytePairModel.pair(Array(text.utf8))
      {
        result.append(pair)
      } else {
        throw TokenizerNode(merge, pointer: "\(pointer)/\(index)", file: file)
          .wrongType("two tokens")
      }
    }
    return result
  }
}

// MARK: Word pieces and unigrams

extension TokenizerNode {
  private func wordPieceModel() throws(Problem) -> WordPieceModel {
    try allow(
      "type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab")
    let vocabulary = try required("vocab").vocabulary()
    let unknown = Array(try self["unk_token"]?.string.utf8 ?? "[UNK]".utf8)
    guard let unknownToken = vocabulary.identifier(of: unknown) else {
      throw problem("malformed_tokenizer", "the unknown token is not in the vocabulary")
    }
    let lengthMax = try self["max_input_chars_per_word"]?.int ?? 100
    guard 1...WordPieceModel.wordLengthLimit ~= lengthMax else {
      throw try required("max_input_chars_per_word").unsupported("this limit")
    }
    return WordPieceModel(
      vocabulary: vocabulary, unknownToken: unknownToken,
      continuingPrefix: Array(try self["continuing_subword_prefix"]?.string.utf8 ?? "##".utf8),
      wordLengthMax: lengthMax)
  }

  private func unigramModel() throws(Problem) -> UnigramModel {
    try allow("type", "unk_id", "vocab", "byte_fallback")
    let node = try required("vocab")
    guard let entries = node.value.array, entries.count <= Vocabulary.countMax else {
      throw node.wrongType("a list of tokens and scores")
    }
    var vocabulary = Vocabulary()
    vocabulary.reserve(entries.count)
    var scores: [Double?] = []
    scores.reserveCapacity(entries.count)
    for (index, entry) in entries.enumerated() {
      guard let pair = entry.array, pair.count == 2, let text = pair[0].string,
        let score = pair[1].double, score.isFinite, text.utf8.count <= UnigramModel.lengthMax,
        vocabulary.insert(Array(text.utf8), at: index)
      else {
        throw TokenizerNode(entry, pointer: "\(node.pointer)/\(index)", file: file)
          .wrongType("a token of at most \(UnigramModel.lengthMax) bytes and its score")
      }
      scores.append(score)
    }
    var options = UnigramModel.Options()
    options.hasByteFallback = try bool("byte_fallback", default: false)
    if let unknown = self["unk_id"] {
      guard let identifier = unknown.value.int, entries.indices.contains(identifier) else {
        throw unknown.problem("malformed_tokenizer", "this is not the identifier of a token")
      }
      options.unknownToken = Int32(identifier)
    }
    return UnigramModel(vocabulary: vocabulary, scores: scores, options: options)
  }
}

extension BytePairModel {
  /// The two tokens of a merge written with one space between.
  static func pair(_ text: [UInt8]) -> (ByteName, ByteName)? {
    let parts = text.split(separator: 0x20, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
    return (ByteName(bytes: parts[0]), ByteName(bytes: parts[1]))
  }
}
