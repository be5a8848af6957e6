// What the demonstration showed, beside what it must show.

import Base

/// One answer of the demonstration.
struct DemoAnswer {
  let id: String
  let shown: String
  let expected: String
  /// A sentence for people.
  let sentence: String

  var isRight: Bool { shown == expected }

  var json: JSON {
    [
      "id": .string(id), "shown": .string(shown), "expected": .string(expected),
      "ok": .bool(isRight), "sentence": .string(sentence),
    ]
  }
}

/// Collects answers and tells them as they come.
struct DemoAnswers {
  private(set) var all: [DemoAnswer] = []
  private let output: Output
  private let isQuiet: Bool

  /// With `isQuiet` nothing is told: the answers go out as JSON at the end.
  init(_ output: Output, isQuiet: Bool) {
    self.output = output
    self.isQuiet = isQuiet
  }

  var areRight: Bool { all.allSatisfy(\.isRight) }

  func heading(_ text: String) { if !isQuiet { output.lines(["", text]) } }
  func say(_ text: String) { if !isQuiet { output.line("  \(text)") } }

  mutating func add(_ id: String, shown: String, expected: String, _ sentence: String) {
    let answer = DemoAnswer(id: id, shown: shown, expected: expected, sentence: sentence)
    all.append(answer)
    say("\(answer.isRight ? "✓" : "✗") \(sentence)")
    if !answer.isRight { say("  expected \(expected), got \(shown)") }
  }
}
