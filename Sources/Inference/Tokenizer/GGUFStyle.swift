// How GGUF files name their pre-tokenizers, and what the names mean.
//
// GGUF has no field for patterns or normalization: `tokenizer.ggml.pre` is a word for both, and the
// meaning is what the tokenizer.json of the models released under that word says. Only words whose
// meaning was checked against those files are here.

import Base

/// What a word in `tokenizer.ggml.pre` stands for.
struct GGUFStyle {
  var normalizer: Normalizer?
  var preTokenizer: PreTokenizer
  var ignoresMerges = false
  /// Whether a text begins with the begin token if the file does not say.
  var addsBegin = false

  /// Nil for a word that is not known.
  init?(_ name: String) throws(Problem) {
    switch name {
    case "gpt-2", "phi-2": preTokenizer = try .byteLevel(.gpt2)
    case "mpt", "gpt-neox", "olmo":
      normalizer = .form(.nfc)
      preTokenizer = try .byteLevel(.gpt2)
    case "llama-bpe", "llama3", "llama-v3":
      preTokenizer = try .isolating(.llama3)
      ignoresMerges = true
      addsBegin = true
    case "qwen2":
      normalizer = .form(.nfc)
      preTokenizer = try .isolating(.qwen2)
    case "gpt-4o": preTokenizer = try .isolating(.o200k)
    case "tekken":
      preTokenizer = try .isolating(.tekken)
      ignoresMerges = true
      addsBegin = true
    case "deepseek-v3": preTokenizer = try .isolating(.upToThreeDigits, .cjk, .deepSeek3)
    case "deepseek-llm": preTokenizer = try .deepSeekLLM()
    case "deepseek-coder": preTokenizer = try .deepSeekCoder()
    case "falcon": preTokenizer = try .falcon()
    case "starcoder", "refact", "smollm":
      preTokenizer = .sequence([.digits(individually: true), try .byteLevel(.gpt2)])
    case "command-r":
      normalizer = .form(.nfc)
      preTokenizer = .sequence([.digits(individually: true), try .byteLevel(.gpt2)])
    default: return nil
    }
  }
}

// MARK: Pre-tokenizers by name

extension PreTokenizer {
  static func byteLevel(_ pattern: NamedPattern) throws(Problem) -> PreTokenizer {
    .byteLevel(addPrefixSpace: false, pattern: try pattern.compiled())
  }

  private static let bytes = PreTokenizer.byteLevel(addPrefixSpace: false, pattern: nil)

  private static func isolating(_ separator: Separator) -> PreTokenizer {
    .split(separator, .isolated, isInverted: false)
  }

  /// Isolates the matches of one pattern after the other, then writes bytes.
  fileprivate static func isolating(
    _ patterns: NamedPattern...
  ) throws(Problem) -> PreTokenizer {
    var steps: [PreTokenizer] = []
    for pattern in patterns { steps.append(isolating(.pattern(try pattern.compiled()))) }
    return .sequence(steps + [bytes])
  }

  private static let lineEnds = isolating(.character { $0 == 0x0A || $0 == 0x0D })

  fileprivate static func deepSeekCoder() throws(Problem) -> PreTokenizer {
    .sequence([
      lineEnds, isolating(.pattern(try NamedPattern.spaceAndLetters.compiled())),
      isolating(.pattern(try NamedPattern.spaceAndPunctuation.compiled())),
      isolating(.pattern(try NamedPattern.eastAsian.compiled())),
      .digits(individually: true), bytes,
    ])
  }

  fileprivate static func deepSeekLLM() throws(Problem) -> PreTokenizer {
    return .sequence([
      lineEnds, isolating(.pattern(try NamedPattern.spaceAndCased.compiled())),
      isolating(.pattern(try NamedPattern.spaceAndSigns.compiled())),
      isolating(.pattern(try NamedPattern.trailingSpace.compiled())),
      isolating(.pattern(try NamedPattern.eastAsian.compiled())),
      .digits(individually: true), bytes,
    ])
  }

  fileprivate static func falcon() throws(Problem) -> PreTokenizer {
    .sequence([
      .split(.character(UnicodeData.isPunctuation), .contiguous, isInverted: false),
      try byteLevel(.gpt2), .digits(individually: false),
      isolating(.pattern(try NamedPattern.threeDigits.compiled())),
    ])
  }
}
