// Normalization as SentencePiece does it: rules, spaces and the mark for them in one pass.
//
// Reference: https://github.com/google/sentencepiece, normalizer.cc. User-defined pieces are left
// alone; elsewhere the longest rule that matches replaces the text; spaces at the ends and doubled
// ones go if the model says so; a space is put in front (or behind); spaces become U+2581.

import Base

struct SentencePieceNormalizer: Sendable {
  var map: CharactersMap?
  var userDefined = TokenTrie()
  var addsDummyPrefix = true
  var removesExtraSpaces = true
  var escapesSpaces = true
  var treatsSpaceAsSuffix = false

  static let spaceMark: UInt32 = 0x2581

  func apply(to text: [UInt32]) -> [UInt32] {
    var position = 0
    let encoded = EncodedText(text)
    if removesExtraSpaces {
      while position < text.count {
        let (replacement, count) = next(encoded, at: position)
        guard replacement == [0x20] else { break }
        position += count
      }
    }
    guard position < text.count else { return [] }
    let space = escapesSpaces ? Self.spaceMark : 0x20
    var result: [UInt32] = []
    if addsDummyPrefix, !treatsSpaceAsSuffix { result.append(space) }
    var isAfterSpace = removesExtraSpaces
    while position < text.count {
      let (replacement, count) = next(encoded, at: position)
      var kept = replacement[...]
      if isAfterSpace { kept = kept.drop { $0 == 0x20 } }
      if let last = kept.last {
        for scalar in kept { result.append(scalar == 0x20 ? space : scalar) }
        isAfterSpace = removesExtraSpaces && last == 0x20
      }
      position += count
    }
    if removesExtraSpaces {
      while result.last == space { result.removeLast() }
    }
    if addsDummyPrefix, treatsSpaceAsSuffix { result.append(space) }
    return result
  }

  /// What the text at a place becomes, and how many scalars of it that covers.
  private func next(_ text: EncodedText, at position: Int) -> (scalars: [UInt32], count: Int) {
    if let (_, length) = userDefined.longest(in: text.scalars, at: position) {
      return (Array(text.scalars[position..<position + length]), length)
    }
    if let (replacement, byteCount) = map?.longest(text.bytes[text.starts[position]...]) {
      // Keys are whole characters; a rule that ends inside one covers it.
      let end = text.starts[position] + byteCount
      var next = position + 1
      while text.starts[next] < end { next += 1 }
      return (UTF8Text.scalars(replacement), next - position)
    }
    return ([text.scalars[position]], 1)
  }
}

/// A text as scalars and as UTF-8, with the place of each scalar in the bytes.
private struct EncodedText {
  let scalars: [UInt32]
  private(set) var bytes: [UInt8] = []
  /// One more than there are scalars.
  private(set) var starts: [Int] = []

  init(_ scalars: [UInt32]) {
    self.scalars = scalars
    for scalar in scalars {
      starts.append(bytes.count)
      UTF8Text.append(scalar, to: &bytes)
    }
    starts.append(bytes.count)
  }
}
