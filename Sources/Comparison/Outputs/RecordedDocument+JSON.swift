// A line of a recording:
//
//   {"id":document,"ids":[token],"top_ids":[[token]],"top_logprobs":[[x]],"target_logprobs":[x]}
//
// Written by whoever recorded it; nothing here writes one.

import Base

/// One line of a recording.
struct RecordedDocument {
  let number: Int
  let identifiers: [Int32]
  /// For each position the reported tokens with their log-probabilities.
  let tops: [[(token: Int32, logProbability: Double)]]
  /// Log-probabilities of the tokens that follow.
  let targets: [Double]
}

extension RecordedDocument {
  init(_ line: [UInt8], vocabularySize: Int) throws(Problem) {
    guard let json = try? JSON.parse(line), json.object != nil else {
      throw RecordedOutputs.bad("not a JSON object")
    }
    guard let number = json["id"]?.int ?? json["id"]?.string.flatMap({ Int($0) }) else {
      throw RecordedOutputs.bad("its id is not the number of a document")
    }
    self.number = number
    identifiers = (json["ids"]?.array ?? []).compactMap { $0.int.flatMap(Int32.init(exactly:)) }
    targets = (json["target_logprobs"]?.array ?? []).compactMap(\.double)
    let ids = json["top_ids"]?.array ?? []
    let values = json["top_logprobs"]?.array ?? []
    // The last token predicts nothing that is looked at: its list may be missing.
    let needed = identifiers.count - 1
    guard needed > 0, (needed...needed + 1).contains(ids.count), ids.count == values.count,
      targets.count == needed, targets.allSatisfy({ $0.isFinite && $0 <= 1e-6 })
    else { throw RecordedOutputs.bad("its lists have not a member for each position") }
    var tops: [[(token: Int32, logProbability: Double)]] = []
    for (tokens, logs) in zip(ids, values) {
      tops.append(try Self.top(tokens, logs, vocabularySize))
    }
    self.tops = tops
  }

  private static func top(
    _ tokens: JSON, _ logs: JSON, _ vocabularySize: Int
  ) throws(Problem) -> [(token: Int32, logProbability: Double)] {
    let tokens = (tokens.array ?? []).map(\.int)
    let logs = (logs.array ?? []).map(\.double)
    var top: [(token: Int32, logProbability: Double)] = []
    var seen: Set<Int> = []
    for (token, log) in zip(tokens, logs) {
      guard let token, let log, (0..<vocabularySize).contains(token), seen.insert(token).inserted,
        log.isFinite, log <= 1e-6
      else { throw RecordedOutputs.bad("a reported token or its log-probability is none") }
      top.append((Int32(token), log))
    }
    guard !top.isEmpty, tokens.count == logs.count else {
      throw RecordedOutputs.bad("a position has no reported tokens, or not as many logarithms")
    }
    return top
  }
}
