// How one word becomes a number: spelling variants are folded, then a keyed hash is taken.
//
// Licence texts are not shipped. A template holds, for each word, the SipHash-2-4 of its folded
// spelling under a fixed published key (Aumasson and Bernstein, 2012). The key keeps these numbers
// apart from other uses of the hash; it is no secret, and it does not hide common words.
//
// Folding is for equality only: it maps British, American and other usual spellings (the pairs of
// the SPDX matching guidelines and their derived forms) to one form, which need not be a word.
// What is not folded: different words. "any" and "all" stay two words.

enum WordHash {
  private static let key0: UInt64 = 0x6173_7361_792d_6c69
  private static let key1: UInt64 = 0x6365_6e63_652d_7731
  /// Shorter words are never folded, so that "your" and "yore" stay apart.
  private static let foldedLengthMin = 6

  /// The hash of a word in lower case.
  static func hash(_ word: some Collection<UInt8>) -> UInt64 {
    word.count >= foldedLengthMin ? sip(folded(Array(word))) : sip(Array(word))
  }

  static func hash(_ word: String) -> UInt64 { hash(Array(word.utf8)) }

  // MARK: Folding

  /// British ending, American ending; applied anywhere in a word, in this order.
  private static let pairs: [(from: [UInt8], to: [UInt8])] = [
    ("ll", "l"), ("isation", "ization"), ("ising", "izing"), ("ised", "ized"), ("ise", "ize"),
    ("yse", "yze"), ("enc", "ens"), ("practic", "practis"), ("our", "or"), ("ogue", "og"),
    ("gement", "gment"), ("programme", "program"), ("artefact", "artifact"),
    ("centre", "center"), ("calibre", "caliber"), ("chantib", "chantab"), ("whilst", "while"),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

  static func folded(_ word: [UInt8]) -> [UInt8] {
    var word = word
    for pair in pairs where word.count >= pair.from.count {
      var place = 0
      while place + pair.from.count <= word.count {
        if word[place] == pair.from[0],
          word[place..<place + pair.from.count].elementsEqual(pair.from)
        {
          word.replaceSubrange(place..<place + pair.from.count, with: pair.to)
          place += pair.to.count
        } else {
          place += 1
        }
      }
    }
    return word
  }

  // MARK: SipHash-2-4

  private static func sip(_ message: [UInt8]) -> UInt64 {
    var state = SipState(key0: key0, key1: key1)
    var place = 0
    while message.count - place >= 8 {
      var block: UInt64 = 0
      for offset in 0..<8 { block |= UInt64(message[place + offset]) << UInt64(8 * offset) }
      state.absorb(block)
      place += 8
    }
    var last = UInt64(message.count & 0xFF) << 56
    for offset in 0..<(message.count - place) {
      last |= UInt64(message[place + offset]) << UInt64(8 * offset)
    }
    state.absorb(last)
    return state.finish()
  }
}

private struct SipState {
  var a: UInt64, b: UInt64, c: UInt64, d: UInt64

  init(key0: UInt64, key1: UInt64) {
    a = key0 ^ 0x736f_6d65_7073_6575
    b = key1 ^ 0x646f_7261_6e64_6f6d
    c = key0 ^ 0x6c79_6765_6e65_7261
    d = key1 ^ 0x7465_6462_7974_6573
  }

  mutating func absorb(_ block: UInt64) {
    d ^= block
    round()
    round()
    a ^= block
  }

  mutating func finish() -> UInt64 {
    c ^= 0xFF
    for _ in 0..<4 { round() }
    return a ^ b ^ c ^ d
  }

  private mutating func round() {
    a = a &+ b
    b = b << 13 | b >> 51
    b ^= a
    a = a << 32 | a >> 32
    c = c &+ d
    d = d << 16 | d >> 48
    d ^= c
    a = a &+ d
    d = d << 21 | d >> 43
    d ^= a
    c = c &+ b
    b = b << 17 | b >> 47
    b ^= c
    c = c << 32 | c >> 32
  }
}
