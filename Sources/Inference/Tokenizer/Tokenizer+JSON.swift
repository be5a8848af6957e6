// Reads a tokenizer.json: the whole pipeline as data.
//
// Format: https://huggingface.co/docs/tokenizers (no formal schema; the members are those of the
// library's serialization, version "1.0"). Truncation and padding concern batches and are ignored.

import Base
import Formats

extension Tokenizer {
  /// The longest tokenizer.json that is read: 256 MiB.
  static let documentBytesMax = 256 << 20

  /// Reads a tokenizer.json; `model` may have a tokenizer_config.json that names the tokens at the
  /// ends of a text.
  static func load(
    json path: String, of model: ModelLocation, _ run: Run
  ) throws(Problem) -> Tokenizer {
    let bytes = try FileSystem.read(path, limitBytes: documentBytesMax)
    let document = try JSON.parse(bytes, file: path, run: run)
    let root = TokenizerNode(document, file: path)
    try root.allow(
      "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
      "post_processor", "decoder", "model")
    let tokens = try root.required("model").model()
    try run.check()
    let normalizer = try root["normalizer"]?.normalizer()
    let added = try root["added_tokens"]?.addedTokens(tokens.vocabulary) ?? []
    let decoder = try root["decoder"]?.decoder()
    var parts = TokenizerParts(
      added: AddedTokens(added, normalizer: normalizer), normalizer: normalizer,
      preTokenizer: try root["pre_tokenizer"]?.preTokenizer(), model: tokens, decoder: decoder,
      spelling: decoder?.spelling ?? .plain)
    parts.template = try root["post_processor"]?.template() ?? TokenizerParts.Template()
    let names = try SpecialNames(of: model, run)
    parts.beginOfText = names.begin.flatMap { parts.identifier(of: $0) }
    parts.endOfText = names.end.flatMap { parts.identifier(of: $0) }
    return Tokenizer(parts)
  }
}

extension TokenizerParts {
  fileprivate func identifier(of token: [UInt8]) -> Int32? {
    added.tokens.last { $0.content == token }?.identifier ?? model.vocabulary.identifier(of: token)
  }
}

extension TokenDecoder {
  /// How tokens are spelled, as far as their decoder tells.
  var spelling: TokenSpelling {
    switch self {
    case .byteLevel: .byteAlphabet
    case .metaspace(let replacement, _): .marked(space: replacement, namesBytes: false)
    case .wordPiece(let prefix, _): .wordPieces(prefix: prefix)
    case .sequence(let steps): Self.spelling(of: steps)
    default: .plain
    }
  }

  private static func spelling(of steps: [TokenDecoder]) -> TokenSpelling {
    var space: [UInt8]?
    var namesBytes = false
    for step in steps {
      switch step {
      case .replace(let pattern, let content) where content == [0x20]: space = pattern
      case .byteFallback: namesBytes = true
      case .fuse, .strip, .replace: continue
      default: return step.spelling
      }
    }
    guard space != nil || namesBytes else { return .plain }
    return .marked(space: space ?? [], namesBytes: namesBytes)
  }
}

// MARK: Added tokens and the template

extension TokenizerNode {
  /// A token that is not in the vocabulary gets the next free identifier, whatever the file says:
  /// so does the reference library.
  fileprivate func addedTokens(_ vocabulary: Vocabulary) throws(Problem) -> [AddedToken] {
    var result: [AddedToken] = []
    var known: [ByteName: Int32] = [:]
    var greatest: Int32?
    let nodes = try elements
    guard nodes.count <= AddedTokens.countMax else { throw unsupported("a list so long") }
    for node in nodes {
      try node.allow(
        "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special")
      let content = Array(try node.required("content").string.utf8)
      guard !content.isEmpty else { continue }
      guard content.count <= AddedTokens.lengthMax else {
        throw node.unsupported("a token of more than \(AddedTokens.lengthMax) bytes")
      }
      let name = ByteName(bytes: content)
      let size = Int32(vocabulary.count)
      let next = greatest.map { $0 >= size || size == 0 ? $0 + 1 : size } ?? size
      let identifier = known[name] ?? vocabulary.identifier(of: name) ?? next
      known[name] = identifier
      greatest = max(greatest ?? identifier, identifier)
      let isSpecial = try node.bool("special", default: false)
      result.append(
        AddedToken(
          content: content, identifier: identifier, isSpecial: isSpecial,
          isNormalized: try node.bool("normalized", default: !isSpecial),
          isSingleWord: try node.bool("single_word", default: false),
          stripsLeft: try node.bool("lstrip", default: false),
          stripsRight: try node.bool("rstrip", default: false)))
    }
    return result
  }

  /// What the post-processor puts around a single text.
  fileprivate func template() throws(Problem) -> TokenizerParts.Template {
    switch try type {
    case "ByteLevel": return TokenizerParts.Template()
    case "RobertaProcessing", "BertProcessing":
      return TokenizerParts.Template(
        before: [try required("cls").namedToken()], after: [try required("sep").namedToken()])
    case "TemplateProcessing": return try templateProcessing()
    case "Sequence":
      var template = TokenizerParts.Template()
      for node in try required("processors").elements {
        let step = try node.template()
        template.before = step.before + template.before
        template.after += step.after
      }
      return template
    case let other: throw unsupported("the post-processor \(other)")
    }
  }

  /// `["<s>", 0]`.
  private func namedToken() throws(Problem) -> Int32 {
    guard let pair = value.array, pair.count == 2, let identifier = pair[1].int,
      0..<Vocabulary.countMax ~= identifier
    else { throw wrongType("a token and its identifier") }
    return Int32(identifier)
  }

  private func templateProcessing() throws(Problem) -> TokenizerParts.Template {
    try allow("type", "single", "pair", "special_tokens")
    let special = self["special_tokens"]
    var template = TokenizerParts.Template()
    var isBefore = true
    for item in try required("single").elements {
      try item.allow("SpecialToken", "Sequence")
      guard let token = item["SpecialToken"] else {
        guard isBefore, try item.required("Sequence").required("id").string == "A" else {
          throw item.unsupported("this sequence in a template for one text")
        }
        isBefore = false
        continue
      }
      let name = try token.required("id").string
      guard let entry = special?[name] else {
        throw token.problem("malformed_tokenizer", "\"\(name)\" is not among special_tokens")
      }
      for node in try entry.required("ids").elements {
        let identifier = try node.int
        guard 0..<Vocabulary.countMax ~= identifier else { throw node.wrongType("an identifier") }
        if isBefore {
          template.before.append(Int32(identifier))
        } else {
          template.after.append(Int32(identifier))
        }
      }
    }
    guard !isBefore else { throw problem("malformed_tokenizer", "the template has no text in it") }
    return template
  }
}
