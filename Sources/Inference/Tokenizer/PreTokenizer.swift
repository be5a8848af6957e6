// Pre-tokenizers: how a text is cut before the model sees it.
//
// Reference for names and meanings: https://huggingface.co/docs/tokenizers/api/pre-tokenizers

/// One step, or several, of cutting a text into pieces.
indirect enum PreTokenizer: Sendable {
  case split(Separator, SplitBehavior, isInverted: Bool)
  /// Cuts by the GPT-2 pattern if asked for, then writes every byte in the byte alphabet.
  case byteLevel(addPrefixSpace: Bool, pattern: Pattern?)
  /// Spaces become `replacement`; pieces are cut before each of them if `splits`.
  case metaspace(replacement: UInt32, prepend: MetaspacePrepend, splits: Bool)
  case sequence([PreTokenizer])

  func apply(to pieces: inout Pieces) {
    switch self {
    case .sequence(let steps):
      for step in steps { step.apply(to: &pieces) }
    case .split(let separator, let behavior, let isInverted):
      pieces.split(by: separator, behavior, isInverted: isInverted)
    case .byteLevel(let addPrefixSpace, let pattern):
      if addPrefixSpace {
        pieces.map { piece, _, text in
          if piece.first != 0x20 { text.append(0x20) }
          text += piece
        }
      }
      if let pattern { pieces.split(by: .pattern(pattern), .isolated) }
      pieces.map { piece, _, text in
        for scalar in piece { Self.appendByteLevel(scalar, to: &text) }
      }
    case .metaspace(let replacement, let prepend, let splits):
      pieces.map { piece, isStart, text in
        let first = piece.first == 0x20 ? replacement : piece.first
        if first != replacement, prepend == .always || (prepend == .first && isStart) {
          text.append(replacement)
        }
        for scalar in piece { text.append(scalar == 0x20 ? replacement : scalar) }
      }
      if splits { pieces.split(by: .literal([replacement]), .mergedWithNext) }
    }
  }

  private static func appendByteLevel(_ scalar: UInt32, to text: inout [UInt32]) {
    if scalar < 0x80 {
      text.append(ByteAlphabet.scalars[Int(scalar)])
    } else {
      var bytes: [UInt8] = []
      UTF8Text.append(scalar, to: &bytes)
      for byte in bytes { text.append(ByteAlphabet.scalars[Int(byte)]) }
    }
  }
}

/// When Metaspace puts a mark in front of a piece that has none.
enum MetaspacePrepend: String {
  case always, never, first
}

extension PreTokenizer {
  static func digits(individually: Bool) -> PreTokenizer {
    .split(
      .character { UnicodeData.isMember($0, of: .numbers) },
      individually ? .isolated : .contiguous, isInverted: false)
  }

  static let whiteSpace = PreTokenizer.split(
    .character(UnicodeData.isWhiteSpace), .removed, isInverted: false)

  static let bert = PreTokenizer.sequence([
    whiteSpace, .split(.character(UnicodeData.isPunctuation), .isolated, isInverted: false),
  ])
}
