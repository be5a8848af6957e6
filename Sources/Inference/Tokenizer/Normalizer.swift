// Normalizers: how a text is rewritten before it is cut.
//
// Reference for names and meanings: https://huggingface.co/docs/tokenizers/api/normalizers
// Promises: total, and linear in the text but for sorting runs of marks.

/// One rewriting step, or several.
indirect enum Normalizer: Sendable {
  case form(NormalizationForm)
  case lowercase
  /// Removes all marks.
  case stripAccents
  /// Removes white space at the ends.
  case strip(left: Bool, right: Bool)
  /// Puts a text in front of what is not empty.
  case prepend([UInt32])
  case replace(Separator, with: [UInt32])
  /// The clean-up of the "neural machine translation" rules of SentencePiece.
  case nmt
  case bert(BertNormalizer)
  case byteLevel
  /// Compiled rules as the tokenizers library applies them.
  case precompiled(CharactersMap)
  case sentencePiece(SentencePieceNormalizer)
  case sequence([Normalizer])

  func apply(to text: [UInt32]) -> [UInt32] {
    switch self {
    case .sequence(let steps): return steps.reduce(text) { $1.apply(to: $0) }
    case .form(let form): return Normalization.normalize(text, form)
    case .lowercase: return Self.lowercased(text)
    case .stripAccents: return text.filter { !UnicodeData.isMember($0, of: .marks) }
    case .strip(let left, let right):
      var slice = text[...]
      if left { slice = slice.drop(while: UnicodeData.isWhiteSpace) }
      while right, let last = slice.last, UnicodeData.isWhiteSpace(last) { slice.removeLast() }
      return Array(slice)
    case .prepend(let prefix): return text.isEmpty ? text : prefix + text
    case .replace(let separator, let replacement):
      return Self.replaced(text, separator, replacement)
    case .nmt: return text.compactMap(Self.nmtCharacter)
    case .bert(let bert): return bert.apply(to: text)
    case .precompiled(let map): return map.normalizeByClusters(text)
    case .sentencePiece(let normalizer): return normalizer.apply(to: text)
    case .byteLevel: return UTF8Text.bytes(text).map { ByteAlphabet.scalars[Int($0)] }
    }
  }

  static func lowercased(_ text: [UInt32]) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(text.count)
    for scalar in text {
      if let lower = UnicodeData.lowercase[scalar] {
        result += lower
      } else {
        result.append(scalar)
      }
    }
    return result
  }

  private static func replaced(
    _ text: [UInt32], _ separator: Separator, _ replacement: [UInt32]
  ) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(text.count)
    var position = 0
    for match in separator.matches(in: text[...]) {
      result += text[position..<match.lowerBound]
      result += replacement
      position = match.upperBound
    }
    return result + text[position...]
  }

  /// Nil for what is dropped.
  private static func nmtCharacter(_ scalar: UInt32) -> UInt32? {
    switch scalar {
    case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: nil
    case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
      0x20
    default: scalar
    }
  }
}

/// The clean-up of BERT models.
struct BertNormalizer: Sendable {
  var cleansText: Bool
  var isolatesIdeographs: Bool
  var stripsAccents: Bool
  var lowercases: Bool

  func apply(to text: [UInt32]) -> [UInt32] {
    var result = text
    if cleansText { result = result.compactMap(Self.cleaned) }
    if isolatesIdeographs {
      result = result.flatMap { Self.isIdeograph($0) ? [0x20, $0, 0x20] : [$0] }
    }
    if stripsAccents {
      result = Normalization.normalize(result, .nfd)
        .filter { UnicodeData.category(of: $0) != .nonspacingMark }
    }
    if lowercases { result = Normalizer.lowercased(result) }
    return result
  }

  /// Controls are dropped (nil), white space becomes a space.
  private static func cleaned(_ scalar: UInt32) -> UInt32? {
    if scalar == 0x09 || scalar == 0x0A || scalar == 0x0D { return 0x20 }
    if scalar == 0 || scalar == 0xFFFD || UnicodeData.isMember(scalar, of: .controls) { return nil }
    return UnicodeData.isWhiteSpace(scalar) ? 0x20 : scalar
  }

  private static func isIdeograph(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
      0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }
}

extension CategorySet {
  /// What BERT's clean-up removes: control, format and private-use characters.
  fileprivate static let controls: CategorySet = [
    CategorySet(rawValue: 1 << 25), CategorySet(rawValue: 1 << 26), CategorySet(rawValue: 1 << 28),
  ]
}
