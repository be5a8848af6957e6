// What one model expects next, over outcomes that every model shares: the first two bytes of the
// next token.
//
// Two models with different vocabularies have no token in common that means the same thing, but
// each gives a distribution over bytes. At a place where a token ends under every tokenizer in
// use, the probabilities of next tokens are summed by the first two bytes of the token; a token of
// one byte is an outcome of its own (facts/detection.md B5, zoo-figures.md section 3: against
// whole tokens little is lost, and pairs across tokenizers are reached). Tokens without bytes,
// such as the end of a text, are left out and the rest is normalised.
//
// Promises: the same rows give the same bits on every machine (kernels of CKernels, fixed order).

import Base
import CKernels

/// A place in the probes: before byte `byte` of document `document`.
public struct OutcomePosition: Hashable, Comparable, Sendable {
  public let document: Int
  public let byte: Int

  public init(document: Int, byte: Int) {
    self.document = document
    self.byte = byte
  }

  public static func < (a: OutcomePosition, b: OutcomePosition) -> Bool {
    (a.document, a.byte) < (b.document, b.byte)
  }
}

/// An outcome: the first byte of the next token, and the second if it has one.
public struct ByteBucket: Hashable, Comparable, Sendable {
  /// `first` · 257 + (`second` + 1, or 0 if the token has one byte).
  public let code: Int32

  /// One more than the largest code.
  public static let codeCount = 256 * 257

  /// Nil for a token without bytes.
  public init?(token: some Collection<UInt8>) {
    guard let first = token.first else { return nil }
    let second = token.dropFirst().first.map { Int32($0) + 1 } ?? 0
    code = Int32(first) * 257 + second
  }

  /// From a kept code.
  public init(code: Int32) { self.code = code }

  public static func < (a: ByteBucket, b: ByteBucket) -> Bool { a.code < b.code }
}

/// Which tokens of a vocabulary fall into which outcome.
public struct BucketMap: Sendable {
  /// Outcomes that the vocabulary can produce, ascending.
  public let buckets: [ByteBucket]
  /// Token → index into `buckets`; -1 for a token without bytes.
  public let column: [Int32]

  /// `tokens[id]` holds the bytes of a token, nil or empty for one without.
  public init(tokens: [[UInt8]?]) {
    let codes = tokens.map { $0.flatMap(ByteBucket.init(token:)) }
    let buckets = Set(codes.compactMap { $0 }).sorted()
    let index = Dictionary(uniqueKeysWithValues: zip(buckets, buckets.indices))
    self.buckets = buckets
    column = codes.map { code in code.flatMap { index[$0] }.map(Int32.init) ?? -1 }
  }

  /// The probability floor inside the logarithm: an outcome that a vocabulary cannot produce is
  /// as unlikely as one that a model excludes.
  public static let floor = 1e-6

  /// Natural logarithms of the outcomes' probabilities, one for each bucket, from the
  /// log-probabilities of all tokens. `logProbabilities` must have a value for each token.
  public func outcomes(_ logProbabilities: Span<Float>) -> [Float] {
    precondition(logProbabilities.count >= column.count, "a row has a value for each token")
    var sums = [Double](repeating: 0, count: buckets.count)
    var total = 0.0
    for token in column.indices where column[token] >= 0 {
      let probability = ck_exp(Double(logProbabilities[token]))
      sums[Int(column[token])] += probability
      total += probability
    }
    let scale = total > 0 ? 1 / total : 0
    return sums.map { Float(ck_log($0 * scale + Self.floor)) }
  }
}

extension BucketMap {
  /// The same from the tokens that were reported: logarithms for every bucket, and which buckets
  /// hold a reported token. What is left of the distribution is spread evenly over the others.
  public func outcomes(
    reported: [(token: Int32, logProbability: Double)]
  ) -> (logProbabilities: [Float], columns: [Int]) {
    var sums: [Int: Double] = [:]
    var rest = 1.0
    var total = 1.0
    for (token, log) in reported {
      let probability = ck_exp(log)
      rest -= probability
      let place = Int(column[Int(token)])
      if place < 0 { total -= probability } else { sums[place, default: 0] += probability }
    }
    let others = buckets.count - sums.count
    let scale = total > 1e-9 ? 1 / total : 0
    let share = others > 0 ? max(0, rest) / Double(others) : 0
    let logs = buckets.indices.map { Float(ck_log((sums[$0] ?? share) * scale + Self.floor)) }
    return (logs, sums.keys.sorted())
  }
}

/// One model's outcomes at its positions.
public struct ByteOutcomes: Sendable {
  /// The model's name in answers.
  public let id: String
  /// Identity of the tokenizer.
  public let tokenizer: Digest
  /// Ascending.
  public let buckets: [ByteBucket]
  /// Ascending.
  public let positions: [OutcomePosition]
  /// positions.count × buckets.count natural logarithms, row by row.
  public let logProbabilities: [Float]
  /// Natural log-loss of the probe texts for each byte of them.
  public let natsPerByte: Double
  /// For each position the outcomes, as indices into `buckets`, that were reported; what is left
  /// of the distribution is spread over the others. Nil: all were.
  public let reported: [[Int]]?

  public init(
    id: String, tokenizer: Digest, buckets: [ByteBucket], positions: [OutcomePosition],
    logProbabilities: [Float], natsPerByte: Double, reported: [[Int]]? = nil
  ) {
    precondition(
      logProbabilities.count == positions.count * buckets.count, "a row for each position")
    precondition(reported?.count ?? positions.count == positions.count, "a list for each position")
    self.id = id
    self.tokenizer = tokenizer
    self.buckets = buckets
    self.positions = positions
    self.logProbabilities = logProbabilities
    self.natsPerByte = natsPerByte
    self.reported = reported
  }
}
