// Covers of a text under a tokenizer that was read from a model.

import Base

extension ByteReading {
  /// - Parameters:
  ///   - scorer: what is asked, for the size of its rows and its longest text.
  ///   - leadingSpace: whether the tokenizer puts a space in front of every text; prefixes are
  ///     then given with it.
  public init(_ tokenizer: Tokenizer, _ model: TransformerModel, leadingSpace: Bool) {
    let begin = (tokenizer.beginOfText ?? tokenizer.endOfText).map { [$0] } ?? []
    self.init(
      order: TokenOrder(tokenizer, vocabularySize: model.vocabularySize),
      lengths: 1...(model.architecture.learnedPositions ?? .max)
    ) { bytes in
      guard !leadingSpace || bytes.isEmpty || bytes.first == 0x20 else { return nil }
      let text = Array(leadingSpace ? bytes.dropFirst() : bytes)
      let tokens = tokenizer.encode(text, addSpecial: false, specialAsText: true)
      let spelled = tokens.flatMap { tokenizer.tokenBytes($0) ?? [] }
      return spelled.elementsEqual(bytes) ? begin + tokens : nil
    }
  }
}

extension Tokenizer {
  /// Whether a space is put in front of a text that does not begin with one.
  public var putsSpaceInFront: Bool {
    let tokens = encode(Array("a".utf8), addSpecial: false, specialAsText: true)
    return tokens.first.flatMap(tokenBytes)?.first == 0x20
  }
}
