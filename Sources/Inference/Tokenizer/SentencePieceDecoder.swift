// Decoding as SentencePiece does it.
//
// Reference: https://github.com/google/sentencepiece, sentencepiece_processor.cc. Control pieces
// are silent, an unknown piece shows as a sign of its own, a run of byte pieces is decoded as UTF-8
// with U+FFFD for each byte that is none, and the space that encoding put in front is dropped.

import Base

struct SentencePieceDecoder: Sendable {
  let spaceMark: [UInt8]
  let control: Set<[UInt8]>
  let unknown: Set<[UInt8]>
  let unknownSurface: [UInt8]
  let dropsFirstSpace: Bool
  /// Pieces are taken to be at the beginning until one of them gives text.
  let dropsAllLeading: Bool

  func apply(to tokens: [[UInt8]]) -> [UInt8] {
    var text: [UInt8] = []
    var bytes: [UInt8] = []
    var isAtStart = true
    var hasDropped = false
    for token in tokens {
      if let byte = ByteTokens.byte(of: token) {
        bytes.append(byte)
        continue
      }
      text += Self.decoded(bytes)
      bytes = []
      if hasDropped || !text.isEmpty { isAtStart = false }
      hasDropped = false
      if control.contains(token) { continue }
      if unknown.contains(token) {
        text += unknownSurface
        continue
      }
      var piece = token[...]
      if isAtStart, dropsFirstSpace, piece.starts(with: spaceMark) {
        piece = piece.dropFirst(spaceMark.count)
        hasDropped = !dropsAllLeading
      }
      text += Array(piece).replacing(spaceMark, with: [0x20])
    }
    return text + Self.decoded(bytes)
  }

  private static func decoded(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var rest = bytes[...]
    while let first = rest.first {
      let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
      let character = rest.prefix(length)
      if character.count == length, String(validating: character, as: UTF8.self) != nil {
        result += character
        rest = rest.dropFirst(length)
      } else {
        result += [0xEF, 0xBF, 0xBD]
        rest = rest.dropFirst()
      }
    }
    return result
  }
}
