// What is kept of a sequence's rows: the best tokens, the targets' log-probabilities, and the
// digest of everything.
//
// The digest is SHA-256 over the rows as float32, little-endian, position after position, the
// whole vocabulary each: two machines that print it agree on every log-probability. Best tokens
// are in order of probability, ties by lower id; the tail is the probability of all others.

import Base
import Crypto

/// The score of one sequence.
public struct ScoreRecord: Sendable {
  public let vocabularySize: Int
  /// For each position the most probable next tokens, best first.
  public internal(set) var topIDs: [[Int32]] = []
  public internal(set) var topLogProbabilities: [[Float]] = []
  /// For each position the probability of all tokens that are not among the best.
  public internal(set) var tailMass: [Double] = []
  /// log p(ids[p + 1] | ids[0...p])
  public internal(set) var targetLogProbabilities: [Float] = []
  /// Experts by layer and position, of models that have them.
  public internal(set) var experts: [Int: [[Int32]]] = [:]
  public internal(set) var digest = Digest.zero
}

extension Digest {
  fileprivate static let zero = SHA256.hash([UInt8]())
}

/// Gathers records while rows come in.
@safe public final class ScoreRecorder: @unchecked Sendable {
  // Each sequence has a place of its own, written by the one thread that hands out its rows.
  private let sequences: [[Int32]]
  private let top: Int
  private let places: UnsafeMutablePointer<Place>

  private struct Place {
    var record: ScoreRecord
    var hash = SHA256()
  }

  /// `top` is how many of the best tokens to keep at each position.
  public init(_ sequences: [[Int32]], vocabularySize: Int, top: Int) {
    self.sequences = sequences
    self.top = min(max(0, top), vocabularySize)
    unsafe places = .allocate(capacity: max(1, sequences.count))
    for index in sequences.indices {
      let place = Place(record: ScoreRecord(vocabularySize: vocabularySize))
      unsafe (places + index).initialize(to: place)
    }
  }

  deinit {
    unsafe places.deinitialize(count: sequences.count)
    unsafe places.deallocate()
  }

  /// Takes one row, as `Scorer.score` gives it.
  public func take(_ sequence: Int, _ position: Int, _ row: Span<Float>) {
    precondition(sequences.indices.contains(sequence), "a sequence of this recorder")
    let place = unsafe places + sequence
    unsafe place.pointee.hash.update(row.bytes)
    let best = bestTokens(row, top)
    unsafe place.pointee.record.topIDs.append(best.map(\.id))
    unsafe place.pointee.record.topLogProbabilities.append(best.map(\.value))
    unsafe place.pointee.record.tailMass.append(tail(best))
    if position + 1 < sequences[sequence].count {
      let target = Int(sequences[sequence][position + 1])
      unsafe place.pointee.record.targetLogProbabilities.append(row[target])
    }
  }

  /// Takes the experts of one token, as `ScoreOptions.experts` gives them.
  public func take(_ sequence: Int, _ layer: Int, _ position: Int, experts: [Int32]) {
    precondition(sequences.indices.contains(sequence), "a sequence of this recorder")
    unsafe places[sequence].record.experts[layer, default: []].append(experts)
  }

  /// The record of one sequence, once all its rows have come.
  public func record(_ sequence: Int) -> ScoreRecord {
    precondition(sequences.indices.contains(sequence), "a sequence of this recorder")
    var record = unsafe places[sequence].record
    record.digest = unsafe places[sequence].hash.digest()
    return record
  }

  /// One less the sum of the best, and never below zero by rounding.
  private func tail(_ best: [(id: Int32, value: Float)]) -> Double {
    max(0, 1 - best.reduce(0) { $0 + exponential(Double($1.value)) })
  }
}

/// The `count` largest values of a row, largest first, ties by lower index.
func bestTokens(_ row: Span<Float>, _ count: Int) -> [(id: Int32, value: Float)] {
  guard count > 0 else { return [] }
  // A heap whose root is the worst of the best so far: most values fail its one comparison.
  var heap: [(id: Int32, value: Float)] = []
  heap.reserveCapacity(count)
  func isWorse(_ a: (id: Int32, value: Float), _ b: (id: Int32, value: Float)) -> Bool {
    a.value < b.value || (a.value == b.value && a.id > b.id)
  }
  func sink(_ start: Int) {
    var parent = start
    while true {
      var worst = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if isWorse(heap[child], heap[worst]) { worst = child }
      }
      if worst == parent { return }
      heap.swapAt(parent, worst)
      parent = worst
    }
  }
  for index in 0..<row.count {
    let entry = (id: Int32(index), value: row[index])
    if heap.count < count {
      heap.append(entry)
      if heap.count == count {
        for start in stride(from: count / 2, through: 0, by: -1) { sink(start) }
      }
    } else if entry.value > heap[0].value {
      heap[0] = entry
      sink(0)
    }
  }
  return heap.sorted { isWorse($1, $0) }
}
