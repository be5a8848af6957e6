// The cover encodings of a byte string, and the contexts that must be read to sum them.
//
// A token model gives P(a text begins with the bytes x) as a sum over covers of x: sequences of
// tokens of which all but the last spell a beginning of x, and the last reaches the end of x or
// goes beyond (B. Phan et al., arXiv:2410.09303, Byte-Token Representation Lemma; T. Vieira et al.,
// arXiv:2412.03719). P(x + b) / P(x) is then the exact distribution of the next byte b.
//
// Which covers: those whose tokens before the last are the canonical encoding of what they spell.
// A model that was trained on canonical encodings has never seen another past, so it gives one the
// probability zero but for what training left of it, and the rows behind such a past are of no
// text: Vieira et al. sum them because they take the model as it is, Phan et al. leave them out
// because they ask for the distribution that it learned. Here two models are asked what they
// learned, so they are left out, and the steps into them are measured (`departing`). Every past
// that begins in the same place is then the same: one context for each place, not a tree of them.
//
// Pasts share their first tokens (all but the last words); probabilities are relative to those.
// Does not: look for departures before the first place at which a token could start that covers
// the end of x: the distribution is conditional on a canonical past up to there.

import Base

/// What must be read to know what follows some bytes.
struct CoverEncodings: Sendable {
  /// A past: the canonical encoding of the first `start` bytes.
  struct Past: Sendable {
    let start: Int
    /// Place of its tokens in `contexts`.
    let context: Int
  }

  let prefix: [UInt8]
  /// By ascending start; the last one is the encoding of all of the prefix.
  let pasts: [Past]
  /// Closed under leaving out the last token, down to what all pasts share.
  let contexts: [[Int32]]
  /// By context and next token: the context that holds both.
  let steps: [[Int32: Int]]
  /// The context without the last token; nil for the one that all share.
  let origins: [Int?]

  /// Pasts of one prefix: only a vocabulary with very long tokens has more.
  static let pastsMax = 256

  /// Nil if the prefix has no canonical encoding, too many places to start from, or a past whose
  /// length is outside `lengths`: a model that nothing begins a text for cannot be asked what does.
  init?(
    prefix: [UInt8], order: TokenOrder, lengths: ClosedRange<Int>,
    canonical: (ArraySlice<UInt8>) -> [Int32]?
  ) {
    let earliest = max(0, prefix.count - order.longest)
    // The first place from which a token reaches beyond the end; every later place is looked at.
    let first =
      (earliest..<prefix.count).first { start in
        let rest = prefix[start...]
        return order.tokens(startingWith: rest).last.map {
          order.bytes[Int($0)].count > rest.count
        } ?? false
      } ?? prefix.count
    guard prefix.count - first < Self.pastsMax else { return nil }
    let encodings = (first...prefix.count).compactMap { start in
      canonical(prefix[..<start]).map { (start: start, tokens: $0) }
    }
    guard let whole = encodings.last, whole.start == prefix.count else { return nil }
    let shared = encodings.reduce(whole.tokens.count) { count, encoding in
      min(count, zip(encoding.tokens, whole.tokens).prefix { $0 == $1 }.count)
    }
    guard encodings.allSatisfy({ lengths.contains($0.tokens.count) }),
      lengths.contains(shared)
    else { return nil }
    var places: [[Int32]: Int] = [:]
    var contexts: [[Int32]] = []
    var steps: [[Int32: Int]] = []
    var origins: [Int?] = []
    for encoding in encodings {
      for count in shared...encoding.tokens.count {
        let context = Array(encoding.tokens[..<count])
        guard places[context] == nil else { continue }
        places[context] = contexts.count
        let origin = count > shared ? places[context.dropLast()] : nil
        if let origin, let token = context.last { steps[origin][token] = contexts.count }
        contexts.append(context)
        steps.append([:])
        origins.append(origin)
      }
    }
    self.prefix = prefix
    self.contexts = contexts
    self.steps = steps
    self.origins = origins
    pasts = encodings.compactMap { encoding in
      places[encoding.tokens].map { Past(start: encoding.start, context: $0) }
    }
  }

  /// Where the past that is a context starts; nil if the context is none.
  func start(of context: Int) -> Int? { pasts.first { $0.context == context }?.start }
}

extension Dictionary where Key == [Int32] {
  fileprivate subscript(tokens: ArraySlice<Int32>) -> Value? { self[Array(tokens)] }
}

// MARK: Reading

/// What the row after one context says of the bytes behind the prefix. Probabilities are
/// conditional on the context.
struct CoverSums: Sendable {
  /// Tokens that go beyond the next byte, by outcome code, ascending.
  var pairs: [(code: Int32, probability: Double)] = []
  /// Tokens that end with the next byte, by that byte.
  var reaching: [(token: Int32, byte: UInt8, probability: Double)] = []
  /// Tokens without bytes; only where the context is the whole prefix.
  var ending = 0.0
  /// By the context that a step leads to.
  var stepping: [Int: Double] = [:]
  /// Tokens that stay within the prefix and make a past that is not canonical.
  var departing = 0.0
}

extension CoverEncodings {
  /// Sums the row after a context.
  func sums(_ context: Int, _ row: Span<Float>, _ order: TokenOrder) -> CoverSums {
    var sums = CoverSums()
    for (token, next) in steps[context] {
      sums.stepping[next] = exponential(Double(row[Int(token)]))
    }
    guard let start = start(of: context) else { return sums }
    let rest = prefix[start...]
    for token in order.tokens(startingWith: rest) {
      let bytes = order.bytes[Int(token)]
      guard bytes.count > rest.count else { continue }
      let probability = exponential(Double(row[Int(token)]))
      let byte = bytes[rest.count]
      if bytes.count == rest.count + 1 {
        sums.reaching.append((token, byte, probability))
      } else {
        // Tokens of one outcome stand together in the order of bytes.
        let code = OutcomeCode.of(byte, bytes[rest.count + 1])
        if sums.pairs.last?.code == code {
          sums.pairs[sums.pairs.count - 1].probability += probability
        } else {
          sums.pairs.append((code, probability))
        }
      }
    }
    if rest.isEmpty {
      for token in order.byteless { sums.ending += exponential(Double(row[Int(token)])) }
    }
    for length in 0..<rest.count {
      let end = start + length + 1
      let spelled = prefix[start..<end]
      for token in order.tokens(startingWith: spelled) {
        guard order.bytes[Int(token)].count == spelled.count else { break }
        if steps[context][token].flatMap(self.start(of:)) == end { continue }
        sums.departing += exponential(Double(row[Int(token)]))
      }
    }
    return sums
  }

  /// Probabilities of all contexts, relative to what they share.
  func weights(_ sums: some Collection<CoverSums>) -> [Double] {
    var weights: [Double] = []
    let sums = Array(sums)
    for (context, origin) in origins.enumerated() {
      weights.append(origin.map { weights[$0] * (sums[$0].stepping[context] ?? 0) } ?? 1)
    }
    return weights
  }
}

/// How an outcome of two bytes is written as a number: 257 · first + second + 1, and 257 · first
/// where the text ends behind the first byte.
public enum OutcomeCode {
  static func of(_ first: UInt8, _ second: UInt8?) -> Int32 {
    Int32(first) * 257 + (second.map { Int32($0) + 1 } ?? 0)
  }

  /// The first byte of an outcome.
  static func first(_ code: Int32) -> UInt8 { UInt8(clamping: code / 257) }

  /// One more than the largest.
  static let count = 256 * 257
}
