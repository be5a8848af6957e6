// What turns a piece of text into tokens once it has been normalized and cut.

/// A tokenization model: byte-pair merges, scored merges, a unigram lattice or word pieces.
protocol TokenModel: Sendable {
  var vocabulary: Vocabulary { get }

  /// Appends the identifiers of a piece, which is not empty. Total: every text gives identifiers.
  func encode(_ piece: ArraySlice<UInt32>, into output: inout [Int32])
}

extension BytePairModel: TokenModel {}

/// How the text of a token relates to the bytes that it stands for in a document.
enum TokenSpelling: Sendable {
  /// The text is what it stands for.
  case plain
  /// Characters of the byte alphabet.
  case byteAlphabet
  /// A mark for a space; `<0xNN>` for a byte if `namesBytes`.
  case marked(space: [UInt8], namesBytes: Bool)
  /// Tokens without the prefix begin a word, and a space stands before them.
  case wordPieces(prefix: [UInt8])

  /// Added tokens are found in the text as it came, so their text is what they stand for, special
  /// or not; only a mark for a space is that in them too (runs of spaces are added tokens of
  /// Gemma).
  var leavesAddedTokens: Bool {
    if case .marked = self { false } else { true }
  }

  func bytes(of token: [UInt8]) -> [UInt8] {
    switch self {
    case .plain: return token
    case .byteAlphabet: return ByteAlphabet.bytes(of: token)
    case .marked(let space, let namesBytes):
      if namesBytes, let byte = ByteTokens.byte(of: token) { return [byte] }
      return token.replacing(space, with: [0x20])
    case .wordPieces(let prefix):
      return token.starts(with: prefix) ? Array(token.dropFirst(prefix.count)) : [0x20] + token
    }
  }
}
