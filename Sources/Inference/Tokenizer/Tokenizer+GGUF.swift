// Reads the tokenizer in the metadata of a GGUF file.
//
// Keys: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (tokenizer.ggml.*). GGUF names
// its pre-tokenizer with a word and has no field for normalization, so both come from a table here.
// A word that is not in the table is an error: another pattern would give other tokens.

import Base
import Formats

extension Tokenizer {
  static func load(
    gguf metadata: [ByteName: GGUFValue], file: String
  ) throws(Problem) -> Tokenizer {
    let reader = GGUFTokenizerReader(metadata: metadata, file: file)
    switch try reader.modelName() {
    case "gpt2": return Tokenizer(try reader.byteLevel())
    case "llama": return Tokenizer(try reader.scoredPairs())
    case "t5": return Tokenizer(try reader.unigram())
    case "bert": return Tokenizer(try reader.wordPieces())
    case let other: throw reader.unsupported("the tokenizer model \"\(other)\"", "model")
    }
  }
}

/// The metadata of one file.
struct GGUFTokenizerReader {
  let metadata: [ByteName: GGUFValue]
  let file: String

  /// The types of tokens in `tokenizer.ggml.token_type`.
  enum TokenKind: Int {
    case normal = 1, unknown, control, userDefined, unused, byte
  }

  func problem(_ reason: String, _ key: String) -> Problem {
    Problem(
      .malformed, "malformed_tokenizer", place: "\(file): tokenizer.ggml.\(key)", reason: reason,
      remedy: "convert the model again, or use its tokenizer.json")
  }

  func unsupported(_ what: String, _ key: String) -> Problem {
    Problem(
      .malformed, "unsupported_tokenizer", place: "\(file): tokenizer.ggml.\(key)",
      reason: "\(what) is not supported",
      remedy: "use the tokenizer.json of the model this file was converted from")
  }

  func value(_ key: String) -> GGUFValue? { metadata[ByteName("tokenizer.ggml.\(key)")] }

  func modelName() throws(Problem) -> String {
    guard let name = value("model")?.text else {
      throw Problem(
        .malformed, "no_tokenizer", place: file, reason: "the file carries no tokenizer",
        remedy: "use the tokenizer.json of the model, or pass identifiers instead of texts")
    }
    return name
  }

  // MARK: Tokens

  func tokens() throws(Problem) -> [[UInt8]] {
    guard let tokens = value("tokens")?.array?.strings else {
      throw problem("the list of tokens is missing", "tokens")
    }
    guard tokens.count <= Vocabulary.countMax else {
      throw unsupported("a vocabulary so large", "tokens")
    }
    return tokens
  }

  /// All normal if the file does not say.
  func kinds(count: Int) throws(Problem) -> [TokenKind] {
    guard let value = value("token_type") else {
      return Array(repeating: .normal, count: count)
    }
    guard let numbers = value.array?.integers, numbers.count == count else {
      throw problem("expected one number for each token", "token_type")
    }
    var kinds: [TokenKind] = []
    kinds.reserveCapacity(count)
    for number in numbers {
      // Undefined (0) is what some converters write for padding.
      guard let kind = number == 0 ? .unused : TokenKind(rawValue: number) else {
        throw unsupported("the token type \(number)", "token_type")
      }
      kinds.append(kind)
    }
    return kinds
  }

  func vocabulary(_ tokens: [[UInt8]]) throws(Problem) -> Vocabulary {
    var vocabulary = Vocabulary()
    vocabulary.reserve(tokens.count)
    for (index, token) in tokens.enumerated() where !vocabulary.insert(token, at: index) {
      throw problem("token \(index) cannot be stored", "tokens")
    }
    return vocabulary
  }

  /// Tokens that are found in the text before anything else.
  func addedTokens(
    _ tokens: [[UInt8]], _ kinds: [TokenKind], special: Set<TokenKind>, plain: Set<TokenKind>
  ) throws(Problem) -> [AddedToken] {
    var result: [AddedToken] = []
    for (index, token) in tokens.enumerated() {
      let isSpecial = special.contains(kinds[index])
      guard isSpecial || plain.contains(kinds[index]), !token.isEmpty else { continue }
      guard token.count <= AddedTokens.lengthMax else {
        throw unsupported("a token of more than \(AddedTokens.lengthMax) bytes", "tokens")
      }
      result.append(AddedToken(content: token, identifier: Int32(index), isSpecial: isSpecial))
    }
    return result
  }

  func identifier(_ key: String, count: Int) throws(Problem) -> Int32? {
    guard let value = value(key) else { return nil }
    guard let identifier = value.int, 0..<count ~= identifier else {
      throw problem("expected the identifier of a token", key)
    }
    return Int32(identifier)
  }

  /// What is put around a text: as the file says, else as the model's kind does it.
  func template(
    begin: Int32?, end: Int32?, addsBegin: Bool, addsEnd: Bool
  ) throws(Problem) -> TokenizerParts.Template {
    var template = TokenizerParts.Template()
    let wantsBegin = try flag("add_bos_token") ?? addsBegin
    let wantsEnd = try flag("add_eos_token") ?? addsEnd
    if wantsBegin, let begin { template.before = [begin] }
    if wantsEnd, let end { template.after = [end] }
    return template
  }

  func flag(_ key: String) throws(Problem) -> Bool? {
    guard let value = value(key) else { return nil }
    guard let flag = value.bool else { throw problem("expected true or false", key) }
    return flag
  }
}
