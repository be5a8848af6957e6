// Several models at the same positions over the same outcomes, and how they covary there.
//
// At each position the log-probabilities of all models are centred and multiplied under the
// weights of the panel's mean distribution: outcomes count as much as the panel expects them, and
// what a change of temperature does to a model lies in the span of its own row. All tests of
// rung 5 need only these small matrices.

import Base
import CKernels

/// Models aligned on their common positions. Indices of models are those of the initialiser.
public struct OutcomeField: Sendable {
  public let ids: [String]
  public let tokenizers: [Digest]
  public let natsPerByte: [Double]
  /// The document of each position; positions of a document follow one another.
  public let documents: [Int]
  public let outcomeCount: Int
  /// For each position a modelCount × modelCount matrix of weighted covariances.
  let covariances: [Double]
  /// For each position and model the log-probabilities, `stride` floats a row.
  private let logs: [Float]
  private let meanProbabilities: [Float]
  private let stride: Int

  public var modelCount: Int { ids.count }
  public var positionCount: Int { documents.count }
  public var documentCount: Int { Set(documents).count }

  /// `panel` are the indices whose mean weighs the outcomes. Rows are spread over threads.
  public init(_ models: [ByteOutcomes], panel: [Int], run: Run) throws(Problem) {
    precondition(!panel.isEmpty, "the panel's mean weighs the outcomes")
    let positions = Self.common(models.map(\.positions))
    let buckets = Set(models.flatMap(\.buckets)).sorted()
    let stride = (buckets.count + 15) / 16 * 16
    ids = models.map(\.id)
    tokenizers = models.map(\.tokenizer)
    natsPerByte = models.map(\.natsPerByte)
    documents = positions.map(\.document)
    outcomeCount = buckets.count
    self.stride = stride
    let aligned = models.map { AlignedRows($0, positions: positions, buckets: buckets) }
    let rows = try run.map(positions.count) { position in
      PositionRows(aligned, at: position, panel: panel, count: buckets.count, stride)
    }
    covariances = rows.flatMap(\.covariance)
    logs = rows.flatMap(\.logs)
    meanProbabilities = rows.flatMap(\.mean)
  }

  /// Positions that every model has: a token ends there under every tokenizer.
  static func common(_ lists: [[OutcomePosition]]) -> [OutcomePosition] {
    guard var shared = lists.first.map(Set.init) else { return [] }
    for list in lists.dropFirst() { shared.formIntersection(list) }
    return shared.sorted()
  }

  /// The covariance of two models at a position.
  func covariance(_ position: Int, _ a: Int, _ b: Int) -> Double {
    covariances[(position * modelCount + a) * modelCount + b]
  }

  /// The weighted correlation of two models over all positions together.
  func correlation(_ a: Int, _ b: Int) -> Double {
    var (ab, aa, bb) = (0.0, 0.0, 0.0)
    for position in 0..<positionCount {
      ab += covariance(position, a, b)
      aa += covariance(position, a, a)
      bb += covariance(position, b, b)
    }
    return aa > 0 && bb > 0 ? ab / (aa * bb).squareRoot() : 0
  }

  /// Log-probabilities of a model at a position.
  func logProbabilities(_ model: Int, at position: Int) -> ArraySlice<Float> {
    let start = (position * modelCount + model) * stride
    return logs[start..<start + outcomeCount]
  }

  /// The panel's mean distribution at a position.
  func panelMean(at position: Int) -> ArraySlice<Float> {
    meanProbabilities[position * stride..<position * stride + outcomeCount]
  }
}

/// Every instruction set gives the same bits; the widest is the fastest.
private let widestISA =
  [ck_avx512, ck_avx2, ck_neon].map { Int32($0.rawValue) }
  .first { ck_isa_available($0) != 0 } ?? Int32(ck_portable.rawValue)

/// A model's rows on common positions and outcomes.
private struct AlignedRows: Sendable {
  let source: ByteOutcomes
  /// Row of each common position in the source.
  let rows: [Int]
  /// Column of each common outcome in the source; -1 if it cannot occur.
  let columns: [Int]

  init(_ source: ByteOutcomes, positions: [OutcomePosition], buckets: [ByteBucket]) {
    self.source = source
    let row = Dictionary(uniqueKeysWithValues: zip(source.positions, source.positions.indices))
    let column = Dictionary(uniqueKeysWithValues: zip(source.buckets, source.buckets.indices))
    rows = positions.map { row[$0] ?? 0 }
    columns = buckets.map { column[$0] ?? -1 }
  }

  /// Marks the outcomes that the model reported at a position; nil if it reported all.
  func known(position: Int) -> [Bool]? {
    guard let reported = source.reported else { return nil }
    let given = Set(reported[rows[position]])
    return columns.map { given.contains($0) }
  }

  func copy(position: Int, into output: inout [Float], at start: Int) {
    let base = rows[position] * source.buckets.count
    let floor = Float(ck_log(BucketMap.floor))
    for (offset, column) in columns.enumerated() {
      output[start + offset] = column < 0 ? floor : source.logProbabilities[base + column]
    }
  }
}

/// Everything that is computed at one position.
private struct PositionRows: Sendable {
  let logs: [Float]
  let mean: [Float]
  let covariance: [Double]

  init(_ models: [AlignedRows], at position: Int, panel: [Int], count: Int, _ stride: Int) {
    var logs = [Float](repeating: 0, count: models.count * stride)
    for (index, model) in models.enumerated() {
      model.copy(position: position, into: &logs, at: index * stride)
    }
    let gathered = Self.gatherUnknown(models, position, &logs, stride)
    var mean = Self.mean(logs, panel: panel, count: count, stride: stride)
    for outcome in gathered { mean[outcome] = 0 }
    var centred = [Float](repeating: 0, count: logs.count)
    var weighted = centred
    for index in models.indices {
      let base = index * stride
      var average = 0.0
      for outcome in 0..<count { average += Double(mean[outcome]) * Double(logs[base + outcome]) }
      for outcome in 0..<count {
        let value = Float(Double(logs[base + outcome]) - average)
        centred[base + outcome] = value
        weighted[base + outcome] = value * mean[outcome]
      }
    }
    var products = [Float](repeating: 0, count: models.count * models.count)
    unsafe ck_matmul_f32(
      centred, stride, models.count, weighted, stride, models.count, stride, &products,
      models.count, widestISA)
    self.logs = logs
    self.mean = mean
    covariance = products.map(Double.init)
  }

  /// Where a model reported only some outcomes, all others become one for every model: the first
  /// of them, which holds their sum. Gives those that are left over.
  private static func gatherUnknown(
    _ models: [AlignedRows], _ position: Int, _ logs: inout [Float], _ stride: Int
  ) -> ArraySlice<Int> {
    let masks = models.compactMap { $0.known(position: position) }
    guard let width = masks.first?.count else { return [] }
    let unknown = (0..<width).filter { outcome in masks.contains { !$0[outcome] } }
    guard let rest = unknown.first else { return [] }
    for index in models.indices {
      let base = index * stride
      let sum = unknown.reduce(0.0) { $0 + ck_exp(Double(logs[base + $1])) }
      for outcome in unknown { logs[base + outcome] = Float(ck_log(BucketMap.floor)) }
      logs[base + rest] = Float(ck_log(sum))
    }
    return unknown.dropFirst()
  }

  private static func mean(
    _ logs: [Float], panel: [Int], count: Int, stride: Int
  ) -> [Float] {
    var sums = [Double](repeating: 0, count: count)
    for index in panel {
      for outcome in 0..<count { sums[outcome] += ck_exp(Double(logs[index * stride + outcome])) }
    }
    let total = sums.reduce(0, +)
    var mean = [Float](repeating: 0, count: stride)
    for outcome in 0..<count { mean[outcome] = Float(sums[outcome] / total) }
    return mean
  }
}
