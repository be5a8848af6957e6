// How long a decision takes: loading the shipped pack, resolving, deciding, explaining.
//
// Every scenario of the shipped pack, many times; microseconds a decision, one thread.

import Base
import Policy

let policyBenchmark: @Sendable ([String]) throws -> Void = { words in
  let rounds = words.first.flatMap { Int($0) } ?? 20
  let begin = WallClock.monotonicSeconds()
  let pack = try PolicyPack.shipped()
  let loaded = WallClock.monotonicSeconds()
  complain("load: \(Int((loaded - begin) * 1000)) ms\n")
  let requests = pack.scenarios.filter { $0.expect?["error"] == nil }.compactMap {
    try? PolicyRequest(scenario: $0.question)
  }
  let modes: [(String, Policy.Options)] = [
    ("decide", .init(missing: false)), ("decide, missing", .init()),
    ("decide, missing, flips", .init(flips: true)),
  ]
  for (name, options) in modes {
    let start = WallClock.monotonicSeconds()
    var denied = 0
    for _ in 0..<rounds {
      for request in requests {
        if try Policy.evaluate(pack, request, options: options).verdict == .deny { denied += 1 }
      }
    }
    let seconds = WallClock.monotonicSeconds() - start
    let each = seconds * 1e6 / Double(max(1, rounds * requests.count))
    complain("\(name): \(Int(each)) us (\(denied) denied)\n")
  }
}
