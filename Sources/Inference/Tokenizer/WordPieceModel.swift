// Word pieces: the longest token from the left, again and again.
//
// Reference: https://huggingface.co/docs/tokenizers/api/models (WordPiece). Pieces after the first
// of a word carry a prefix ("##"). A word that cannot be cut to its end, or is longer than the
// limit, is the unknown token as a whole.
// Cost: O(n × longest word) look-ups, and a word is at most `wordLengthMax` characters.

import Base

struct WordPieceModel: TokenModel {
  let vocabulary: Vocabulary
  let unknownToken: Int32
  let continuingPrefix: [UInt8]
  let wordLengthMax: Int

  /// The greatest limit that is accepted for the length of a word.
  static let wordLengthLimit = 1_000

  func encode(_ piece: ArraySlice<UInt32>, into output: inout [Int32]) {
    guard piece.count <= wordLengthMax else {
      output.append(unknownToken)
      return
    }
    let first = output.count
    var start = piece.startIndex
    while start < piece.endIndex {
      guard let (token, end) = longest(in: piece, from: start) else {
        output.removeSubrange(first...)
        output.append(unknownToken)
        return
      }
      output.append(token)
      start = end
    }
  }

  private func longest(
    in piece: ArraySlice<UInt32>, from start: Int
  ) -> (token: Int32, end: Int)? {
    let prefix = start == piece.startIndex ? [] : continuingPrefix
    var end = piece.endIndex
    while end > start {
      let text = prefix + UTF8Text.bytes(piece[start..<end])
      if let token = vocabulary.identifier(of: text) { return (token, end) }
      end -= 1
    }
    return nil
  }
}
