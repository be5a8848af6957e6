// Benchmarks that print ratios. `assay-bench NAME` runs one, without a name the list is printed.

import Base
import Glibc

/// The benchmarks by name, each in a file of its own.
let benchmarks: [String: @Sendable ([String]) throws -> Void] = [
  "descent": descentBenchmark,
  "inference": inferenceBenchmark,
  "ledger": ledgerBenchmark,
  "lineage": lineageBenchmark,
  "policy": policyBenchmark,
  "register": registerBenchmark,
  "trial": trialBenchmark,
]

/// Writes to standard error; `stderr` as a global is not safe under strict concurrency.
func complain(_ text: String) {
  let bytes = Array(text.utf8)
  _ = unsafe bytes.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
}

let words = Array(CommandLine.arguments.dropFirst())
if let name = words.first, let benchmark = benchmarks[name] {
  try benchmark(Array(words.dropFirst()))
} else {
  let names = benchmarks.keys.sorted().joined(separator: ", ")
  complain("usage: assay-bench NAME; there are: \(names)\n")
  exit(ExitCode.usage.rawValue)
}
