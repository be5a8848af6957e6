// Benchmarks that print ratios. `assay-bench NAME` runs one, without a name the list is printed.

import Base
import Glibc

/// The benchmarks by name, each in a file of its own.
let benchmarks: [String: @Sendable ([String]) throws -> Void] = [:]

let words = Array(CommandLine.arguments.dropFirst())
if let name = words.first, let benchmark = benchmarks[name] {
  try benchmark(Array(words.dropFirst()))
} else {
  let names = benchmarks.keys.sorted().joined(separator: ", ")
  fputs("usage: assay-bench NAME; there are: \(names)\n", stderr)
  exit(2)
}
