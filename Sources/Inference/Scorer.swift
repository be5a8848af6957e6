// The seam between whoever asks for token distributions and whatever makes them: a local model
// here, an endpoint elsewhere.

import Base

/// Something that gives the distribution of the next token at every position of a text.
public protocol Scorer: Sendable {
  /// The number of log-probabilities in a row.
  var vocabularySize: Int { get }

  /// Calls `row` once for every position with the natural logarithms of the probabilities of the
  /// next token, `vocabularySize` of them: position p is the token after ids[0...p].
  ///
  /// Rows of one sequence come in order; rows of different sequences may come at the same time,
  /// on several threads. Throws if a token is outside the vocabulary, a sequence is longer than
  /// the model allows, or the model gives numbers that are not finite.
  func score(
    _ sequences: [[Int32]], options: ScoreOptions,
    row: @Sendable (_ sequence: Int, _ position: Int, _ logProbabilities: Span<Float>) -> Void
  ) throws(Problem)
}

/// How a score is computed. No option changes a single bit of the result.
public struct ScoreOptions: Sendable {
  /// Threads, cancellation and progress.
  public var run: Run
  /// The most sequences that pass through a layer together; nil: as many as fit the memory.
  public var batch: Int?
  /// Bytes of memory to stay within, pages of the model's files included.
  public var memoryBytes: Int
  public var kernel: Kernel
  /// Called with the experts that a token was sent to, in ascending order.
  public var experts:
    (@Sendable (_ sequence: Int, _ layer: Int, _ position: Int, _ experts: [Int32]) -> Void)?

  /// 2 GiB: enough for thousands of tokens of any small model.
  public static let standardMemoryBytes = 2 << 30

  public init(
    run: Run, batch: Int? = nil, memoryBytes: Int = Self.standardMemoryBytes,
    kernel: Kernel = .best,
    experts: (@Sendable (Int, Int, Int, [Int32]) -> Void)? = nil
  ) {
    self.run = run
    self.batch = batch
    self.memoryBytes = memoryBytes
    self.kernel = kernel
    self.experts = experts
  }
}
