// The pre-tokenizer patterns that files name instead of writing them out.
//
// A tokenizer.json says `ByteLevel` for the GPT-2 pattern; a GGUF file has only a word in
// `tokenizer.ggml.pre`. The patterns mean what those in the released models' files mean.

import Base

enum NamedPattern: CaseIterable {
  case gpt2, llama3, qwen2, o200k, tekken, deepSeek3
  case upToThreeDigits, threeDigits, cjk, eastAsian
  case spaceAndLetters, spaceAndPunctuation, spaceAndSigns, spaceAndCased, trailingSpace
  /// Words and runs of other visible characters (the pre-tokenizer `Whitespace`).
  case words

  /// The pattern, compiled. A problem here would be ours; a test compiles all of them.
  func compiled() throws(Problem) -> Pattern {
    do {
      guard self == .spaceAndCased else { return try Pattern(source) }
      let letters = PatternNode.set(ScalarRanges(Self.casedLetters))
      return try Pattern(
        .sequence([
          .repeated(.set(.whiteSpace), minimum: 0, maximum: 1, isGreedy: true),
          .repeated(letters, minimum: 1, maximum: nil, isGreedy: true),
        ]), source: "\(self)")
    } catch {
      throw Problem(.failure, "unsupported_pattern", place: "\(self)", reason: error.reason)
    }
  }

  private var source: String {
    switch self {
    case .gpt2: Self.any("'s|'t|'re|'ve|'m|'ll|'d", #" ?\p{L}+| ?\p{N}+"#, Self.signs, Self.spaces)
    case .llama3:
      Self.any(
        Self.contractions, Self.letters, #"\p{N}{1,3}"#, Self.signs + #"[\r\n]*"#, Self.lineEnds,
        Self.spaces)
    case .qwen2:
      Self.any(
        Self.contractions, Self.letters, #"\p{N}"#, Self.signs + #"[\r\n]*"#, Self.lineEnds,
        Self.spaces)
    case .o200k:
      Self.any(
        Self.cased(before: "*", after: "+") + Self.contractions + "?",
        Self.cased(before: "+", after: "*") + Self.contractions + "?",
        #"\p{N}{1,3}"#, Self.signs + #"[\r\n/]*"#, Self.lineEnds, Self.spaces)
    case .tekken:
      Self.any(
        Self.cased(before: "*", after: "+"), Self.cased(before: "+", after: "*"),
        #"\p{N}"#, Self.signs + #"[\r\n/]*"#, Self.lineEnds, Self.spaces)
    case .deepSeek3:
      Self.any(
        #"[!-/:-@\[-`{-~][A-Za-z]+"#,
        #"[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"#, #" ?[\p{P}\p{S}]+[\r\n]*"#, Self.lineEnds,
        Self.spaces)
    case .upToThreeDigits: #"\p{N}{1,3}"#
    case .threeDigits: "[0-9][0-9][0-9]"
    case .cjk: #"[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"#
    case .eastAsian: #"[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"#
    case .spaceAndLetters: #"\s?\p{L}+"#
    case .spaceAndPunctuation: #"\s?\p{P}+"#
    case .spaceAndSigns: #"\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+"#
    case .spaceAndCased: ""
    case .trailingSpace: #"\s+$"#
    case .words: #"\w+|[^\w\s]+"#
    }
  }

  // MARK: What the patterns share

  private static func any(_ alternatives: String...) -> String {
    alternatives.joined(separator: "|")
  }

  private static let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
  private static let letters = #"[^\r\n\p{L}\p{N}]?\p{L}+"#
  private static let signs = #" ?[^\s\p{L}\p{N}]+"#
  private static let lineEnds = #"\s*[\r\n]+"#
  /// All white space but the last before a word, then any.
  private static let spaces = #"\s+(?!\S)|\s+"#

  private static func cased(before: String, after: String) -> String {
    #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"# + before
      + #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"# + after
  }

  /// The cased letters that the first DeepSeek models enumerate.
  private static let casedLetters: [ClosedRange<UInt32>] = [
    0x0041...0x005A, 0x0061...0x007A,
    0x00B5...0x00B5, 0x00C0...0x00D6, 0x00D8...0x00F6, 0x00F8...0x01BA, 0x01BC...0x01BF,
    0x01C4...0x0293, 0x0295...0x02AF, 0x0370...0x0373, 0x0376...0x0376, 0x0377...0x0377,
    0x037B...0x037D, 0x037F...0x037F, 0x0386...0x0386, 0x0388...0x038A, 0x038C...0x038C,
    0x038E...0x03A1, 0x03A3...0x03F5, 0x03F7...0x0481, 0x048A...0x052F, 0x0531...0x0556,
    0x10A0...0x10C5, 0x13A0...0x13F5, 0x13F8...0x13FD, 0x1C90...0x1CBA, 0x1CBD...0x1CBF,
    0x1D00...0x1D2B, 0x1D6B...0x1D77, 0x1D79...0x1D9A, 0x1E00...0x1F15, 0x1F18...0x1F1D,
    0x1F20...0x1F45, 0x1F48...0x1F4D, 0x1F50...0x1F57, 0x1F59...0x1F59, 0x1F5B...0x1F5B,
    0x1F5D...0x1F5D, 0x1F5F...0x1F7D, 0x1F80...0x1FB4, 0x1FB6...0x1FBC, 0x1FBE...0x1FBE,
    0x1FC2...0x1FC4, 0x1FC6...0x1FCC, 0x1FD0...0x1FD3, 0x1FD6...0x1FDB, 0x1FE0...0x1FEC,
    0x1FF2...0x1FF4, 0x1FF6...0x1FFC, 0x2102...0x2102, 0x2107...0x2107, 0x210A...0x2113,
    0x2115...0x2115, 0x2119...0x211D, 0x2124...0x2124, 0x2126...0x2126, 0x2128...0x2128,
    0x212A...0x212D, 0x212F...0x2134, 0x2139...0x2139, 0x213C...0x213F, 0x2145...0x2149,
    0x214E...0x214E, 0x2183...0x2183, 0x2184...0x2184, 0x2C00...0x2C7B, 0x2C7E...0x2CE4,
    0x2CEB...0x2CEE, 0x2CF2...0x2CF2, 0x2CF3...0x2CF3, 0xA640...0xA66D, 0xA680...0xA69B,
    0xA722...0xA76F, 0xA771...0xA787, 0xA78B...0xA78E, 0xAB70...0xABBF, 0xFB00...0xFB06,
    0xFB13...0xFB17, 0xFF21...0xFF3A, 0xFF41...0xFF5A, 0x10400...0x1044F, 0x104B0...0x104D3,
    0x104D8...0x104FB, 0x10C80...0x10CB2, 0x10CC0...0x10CF2, 0x118A0...0x118DF,
    0x1E900...0x1E943,
  ]
}
