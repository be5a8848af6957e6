// Reads the normalizer, pre-tokenizer and decoder of a tokenizer.json.

import Base

// MARK: Normalizers

extension TokenizerNode {
  func normalizer() throws(Problem) -> Normalizer {
    switch try type {
    case "NFC": return .form(.nfc)
    case "NFD": return .form(.nfd)
    case "NFKC": return .form(.nfkc)
    case "NFKD": return .form(.nfkd)
    case "Nmt": return .nmt
    case "Lowercase": return .lowercase
    case "StripAccents": return .stripAccents
    case "ByteLevel": return .byteLevel
    case "Precompiled": return .precompiled(try charactersMap())
    case "Strip":
      try allow("type", "strip_left", "strip_right")
      return .strip(
        left: try bool("strip_left", default: true), right: try bool("strip_right", default: true))
    case "Prepend":
      try allow("type", "prepend")
      return .prepend(try required("prepend").scalars)
    case "Replace":
      try allow("type", "pattern", "content")
      return .replace(
        try required("pattern").separator(), with: try required("content").scalars)
    case "BertNormalizer": return .bert(try bertNormalizer())
    case "Sequence":
      try allow("type", "normalizers")
      var steps: [Normalizer] = []
      for node in try required("normalizers").elements { steps.append(try node.normalizer()) }
      return .sequence(steps)
    case let other: throw unsupported("the normalizer \(other)")
    }
  }

  private func charactersMap() throws(Problem) -> CharactersMap {
    try allow("type", "precompiled_charsmap")
    let node = try required("precompiled_charsmap")
    guard let blob = Base64.decodeLenient(try node.string), let map = CharactersMap(blob) else {
      throw node.problem("malformed_tokenizer", "these are no compiled normalization rules")
    }
    return map
  }

  private func bertNormalizer() throws(Problem) -> BertNormalizer {
    try allow("type", "clean_text", "handle_chinese_chars", "strip_accents", "lowercase")
    let lowercases = try bool("lowercase", default: true)
    return BertNormalizer(
      cleansText: try bool("clean_text", default: true),
      isolatesIdeographs: try bool("handle_chinese_chars", default: true),
      stripsAccents: try bool("strip_accents", default: lowercases), lowercases: lowercases)
  }

  /// `{"String": …}` or `{"Regex": …}`.
  func separator() throws(Problem) -> Separator {
    try allow("String", "Regex")
    if let literal = self["String"] { return .literal(try literal.scalars) }
    let node = try required("Regex")
    return .pattern(try node.pattern())
  }

  private func pattern() throws(Problem) -> Pattern {
    let source = try string
    do { return try Pattern(source) } catch {
      throw problem(
        "unsupported_pattern", error.reason,
        remedy: "tokenize with the model's own library and pass identifiers instead of texts")
    }
  }
}

// MARK: Pre-tokenizers

extension TokenizerNode {
  func preTokenizer() throws(Problem) -> PreTokenizer {
    switch try type {
    case "Sequence":
      try allow("type", "pretokenizers")
      var steps: [PreTokenizer] = []
      for node in try required("pretokenizers").elements { steps.append(try node.preTokenizer()) }
      return .sequence(steps)
    case "ByteLevel":
      try allow("type", "add_prefix_space", "trim_offsets", "use_regex")
      let usesPattern = try bool("use_regex", default: true)
      return .byteLevel(
        addPrefixSpace: try bool("add_prefix_space", default: true),
        pattern: usesPattern ? try NamedPattern.gpt2.compiled() : nil)
    case "Split":
      try allow("type", "pattern", "behavior", "invert")
      return .split(
        try required("pattern").separator(), try required("behavior").behavior(),
        isInverted: try bool("invert", default: false))
    case "Digits":
      try allow("type", "individual_digits")
      let isIndividual = try bool("individual_digits", default: false)
      return .digits(individually: isIndividual)
    case "Punctuation":
      try allow("type", "behavior")
      let behavior = try self["behavior"]?.behavior() ?? .isolated
      return .split(.character(UnicodeData.isPunctuation), behavior, isInverted: false)
    case "CharDelimiterSplit":
      try allow("type", "delimiter")
      return .split(.literal([try required("delimiter").character]), .removed, isInverted: false)
    case "BertPreTokenizer": return .bert
    case "WhitespaceSplit": return .whiteSpace
    case "Whitespace":
      return .split(.pattern(try NamedPattern.words.compiled()), .removed, isInverted: true)
    case "Metaspace": return try metaspace()
    case let other: throw unsupported("the pre-tokenizer \(other)")
    }
  }

  private func metaspace() throws(Problem) -> PreTokenizer {
    try allow("type", "replacement", "prepend_scheme", "split", "add_prefix_space", "str_rep")
    return .metaspace(
      replacement: try required("replacement").character, prepend: try metaspacePrepend(),
      splits: try bool("split", default: true))
  }

  /// Older files say `add_prefix_space` instead of `prepend_scheme`.
  private func metaspacePrepend() throws(Problem) -> MetaspacePrepend {
    let addsPrefix = try self["add_prefix_space"]?.bool
    guard let node = self["prepend_scheme"] else { return addsPrefix == false ? .never : .always }
    guard let scheme = MetaspacePrepend(rawValue: try node.string) else {
      throw node.unsupported("this scheme")
    }
    if addsPrefix == false, scheme != .never {
      throw node.unsupported("a scheme that contradicts add_prefix_space")
    }
    return scheme
  }

  private func behavior() throws(Problem) -> SplitBehavior {
    guard let behavior = SplitBehavior(rawValue: try string) else {
      throw unsupported("this behavior")
    }
    return behavior
  }
}

// MARK: Decoders

extension TokenizerNode {
  func decoder() throws(Problem) -> TokenDecoder {
    switch try type {
    case "Sequence":
      try allow("type", "decoders")
      var steps: [TokenDecoder] = []
      for node in try required("decoders").elements { steps.append(try node.decoder()) }
      return .sequence(steps)
    case "ByteLevel": return .byteLevel
    case "ByteFallback": return .byteFallback
    case "Fuse": return .fuse
    case "Replace":
      try allow("type", "pattern", "content")
      guard let literal = try required("pattern")["String"] else {
        throw try required("pattern").unsupported("a decoder with a regular expression")
      }
      return .replace(
        pattern: Array(try literal.string.utf8), with: Array(try required("content").string.utf8))
    case "Strip":
      try allow("type", "content", "start", "stop")
      let start = try required("start").int
      let stop = try required("stop").int
      guard 0...1_024 ~= start, 0...1_024 ~= stop else { throw unsupported("this count") }
      return .strip(
        character: UTF8Text.bytes([try required("content").character]), start: start, stop: stop)
    case "Metaspace":
      try allow("type", "replacement", "prepend_scheme", "split", "add_prefix_space", "str_rep")
      return .metaspace(
        replacement: UTF8Text.bytes([try required("replacement").character]),
        dropsFirst: try metaspacePrepend() != .never)
    case "WordPiece":
      try allow("type", "prefix", "cleanup")
      return .wordPiece(
        prefix: Array(try self["prefix"]?.string.utf8 ?? "##".utf8),
        cleansUp: try bool("cleanup", default: true))
    case "BPEDecoder":
      try allow("type", "suffix")
      return .suffix(Array(try self["suffix"]?.string.utf8 ?? "</w>".utf8))
    case let other: throw unsupported("the decoder \(other)")
    }
  }
}
