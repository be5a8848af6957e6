// The exact distribution of the next byte, and of the next two, after some bytes.
//
// Two rounds of reading. The first reads every past of the prefix x and sums what goes beyond x:
// that is P(x + b), exact. A token that ends with b says nothing of the byte behind it, so the
// second round reads the canonical encoding of x + b for each likely b: P(x + b + c) is the sum
// over tokens that go beyond b and over what follows those that end with it. Bytes of less than
// `followedShare`, and those beyond `followedMax`, are not followed; their share, that of steps
// away from canonical encodings, and that of tokens which spell x + b otherwise than canonically
// are given as `leftOut`, and the distribution over two bytes is that of what was followed.
//
// Where x + b is no whole character it has no canonical encoding of its own; the likeliest of the
// sequences that spell it is then followed, and the others are left out.

import Base

/// What follows some bytes.
public struct NextBytes: Equatable, Sendable {
  /// P(b), given that the text goes on; 256 of them, their sum is 1.
  public let first: [Double]
  /// By outcome code, ascending: P(b, c), given that b was followed; their sum is 1. See
  /// `OutcomeCode`.
  public let pairs: [(code: Int32, probability: Double)]
  /// The share of the probability that was not looked at: a bound on how far `pairs` may be from
  /// what all covers behind the shared past would give, in total variation.
  public let leftOut: Double

  public static func == (a: NextBytes, b: NextBytes) -> Bool {
    a.first == b.first && a.leftOut == b.leftOut
      && a.pairs.elementsEqual(b.pairs) { $0 == $1 }
  }
}

/// Gives exact byte distributions from a model over tokens.
public struct ByteReading: Sendable {
  let order: TokenOrder
  /// The tokens that a text of these bytes is given as, what begins a text included; nil if there
  /// are none that spell it.
  let canonical: @Sendable (ArraySlice<UInt8>) -> [Int32]?
  /// How many tokens a context of the model may have.
  let lengths: ClosedRange<Int>

  /// A next byte below this share is not followed.
  public static let followedShare = 2e-4
  /// The most next bytes that are followed from one place.
  public static let followedMax = 64

  public init(
    order: TokenOrder, lengths: ClosedRange<Int> = 0...Int.max,
    canonical: @escaping @Sendable (ArraySlice<UInt8>) -> [Int32]?
  ) {
    self.order = order
    self.lengths = lengths
    self.canonical = canonical
  }

  /// What follows each prefix; nil for a prefix that the tokenizer cannot spell, or of which a
  /// past is too short or too long for the model.
  public func distributions(
    after prefixes: [[UInt8]], _ reader: some ContextReader
  ) throws(Problem) -> [NextBytes?] {
    let covers = prefixes.map { prefix in
      CoverEncodings(prefix: prefix, order: order, lengths: lengths, canonical: canonical)
    }
    let flat = covers.enumerated().flatMap { index, cover in
      (cover?.contexts.indices ?? 0..<0).map { (cover: index, context: $0) }
    }
    let contexts = flat.compactMap { place in covers[place.cover]?.contexts[place.context] }
    let sums = try reader.read(contexts) { [order] index, row in
      covers[flat[index].cover]?.sums(flat[index].context, row, order) ?? CoverSums()
    }
    var drafts: [Draft?] = []
    var done = 0
    for cover in covers {
      guard let cover else {
        drafts.append(nil)
        continue
      }
      let own = sums[done..<done + cover.contexts.count]
      done += own.count
      drafts.append(Draft(cover, Array(own), canonical, longest: lengths.upperBound))
    }
    let followed = drafts.flatMap { $0?.followed.map(\.context) ?? [] }
    let rows = try reader.read(followed) { [order] _, row in Seconds(row, order) }
    done = 0
    return drafts.map { draft in
      guard let draft else { return nil }
      let own = rows[done..<done + draft.followed.count]
      done += own.count
      return draft.distribution(own)
    }
  }
}

/// The distribution of one byte, or of the end.
private struct Seconds: Sendable {
  var bytes = [Double](repeating: 0, count: 256)
  var ending = 0.0

  init(_ row: Span<Float>, _ order: TokenOrder) {
    for token in order.order {
      bytes[Int(order.bytes[Int(token)][0])] += exponential(Double(row[Int(token)]))
    }
    for token in order.byteless { ending += exponential(Double(row[Int(token)])) }
  }
}

/// What the first round gave, and what the second is to read.
private struct Draft {
  /// A next byte with the context that spells it, and the probability of that context.
  struct Followed {
    let byte: UInt8
    let context: [Int32]
    let weight: Double
  }

  private(set) var followed: [Followed] = []
  private var first = [Double](repeating: 0, count: 256)
  private var pairs: [(code: Int32, probability: Double)] = []
  private var lost: Double

  init?(
    _ cover: CoverEncodings, _ sums: [CoverSums],
    _ canonical: (ArraySlice<UInt8>) -> [Int32]?, longest: Int
  ) {
    let weights = cover.weights(sums)
    var reaching = [[(context: [Int32], weight: Double)]](repeating: [], count: 256)
    lost = 0
    for past in cover.pasts {
      let (weight, own) = (weights[past.context], sums[past.context])
      lost += weight * own.departing
      for (code, probability) in own.pairs {
        pairs.append((code, weight * probability))
        first[Int(OutcomeCode.first(code))] += weight * probability
      }
      for (token, byte, probability) in own.reaching {
        first[Int(byte)] += weight * probability
        reaching[Int(byte)].append(
          (cover.contexts[past.context] + [token], weight * probability))
      }
    }
    let total = first.reduce(0, +)
    guard total > 0 else { return nil }
    follow(reaching, total, cover.prefix, canonical, longest)
  }

  /// Chooses the bytes that are followed, likeliest first.
  private mutating func follow(
    _ reaching: [[(context: [Int32], weight: Double)]], _ total: Double, _ prefix: [UInt8],
    _ canonical: (ArraySlice<UInt8>) -> [Int32]?, _ longest: Int
  ) {
    let shares = reaching.map { $0.reduce(0) { $0 + $1.weight } }
    let bytes = shares.indices.sorted { (-shares[$0], $0) < (-shares[$1], $1) }
    for byte in bytes where shares[byte] > 0 {
      var chosen: (context: [Int32], weight: Double)?
      if shares[byte] >= ByteReading.followedShare * total,
        followed.count < ByteReading.followedMax
      {
        let known = canonical((prefix + [UInt8(byte)])[...])
        chosen =
          known.map { known in reaching[byte].first { $0.context == known } }
          ?? reaching[byte].max { $0.weight < $1.weight }
      }
      if let choice = chosen, choice.weight > 0, choice.context.count <= longest {
        followed.append(
          Followed(byte: UInt8(byte), context: choice.context, weight: choice.weight))
        lost += max(0, shares[byte] - choice.weight)
      } else {
        lost += shares[byte]
      }
    }
  }

  func distribution(_ rows: ArraySlice<Seconds>) -> NextBytes {
    var sums = [Double](repeating: 0, count: OutcomeCode.count)
    for (code, share) in pairs { sums[Int(code)] += share }
    for (followed, row) in zip(followed, rows) {
      let start = Int(OutcomeCode.of(followed.byte, nil))
      sums[start] += followed.weight * row.ending
      for byte in 0..<256 { sums[start + 1 + byte] += followed.weight * row.bytes[byte] }
    }
    let seen = sums.reduce(0, +)
    let total = first.reduce(0, +)
    return NextBytes(
      first: first.map { $0 / total },
      pairs: sums.indices.compactMap { code in
        sums[code] > 0 ? (Int32(code), sums[code] / seen) : nil
      },
      leftOut: seen + lost > 0 ? min(1, lost / (seen + lost)) : 1)
  }
}
