// The questions of `profile new`, on a terminal.
//
// Promises: use, form and places first, then only what the answers so far leave open, the most
// useful first, each once. What cannot be read as an answer is asked again with what is known.
// Does not: store anything; whoever called it does, once it has ended.

import Base
import Policy
import Register

/// Asks one person, fact by fact.
struct ProfileDialogue {
  let pack: PolicyPack
  let terminal: Terminal
  private let questions: [String: FactQuestion]
  private static let first = ["request.use", "request.form", "request.deploy_to", "request.as"]

  init(pack: PolicyPack, terminal: Terminal) {
    self.pack = pack
    self.terminal = terminal
    questions = Dictionary(
      pack.questions.map { ($0.fact, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The profile that the answers make. Throws `interrupted` for Ctrl-C.
  func run() throws(Problem) -> JSON {
    var profile = JSON.emptyProfile
    var asked: Set<String> = []
    terminal.say([
      "Enter: not known. A number picks a value. ?: what is meant. Ctrl-D: enough, save.", "",
    ])
    while let question = try next(profile, asked) {
      asked.insert(question.fact)
      guard let change = try ask(question) else { break }
      profile = profile.profile(with: [change])
    }
    return profile
  }

  private func next(_ profile: JSON, _ asked: Set<String>) throws(Problem) -> FactQuestion? {
    if let fact = Self.first.first(where: { !asked.contains($0) }) { return questions[fact] }
    let open = try Question.openFacts(
      of: profile, pack: pack, asOf: CalendarDay(WallClock.system.now()))
    return open.first { !asked.contains($0) }.flatMap { questions[$0] }
  }

  /// The answer to one question; nil at the end of all.
  private func ask(_ question: FactQuestion) throws(Problem) -> FactChange? {
    var lines = ["\(question.question) [\(question.fact)]"]
    for (number, value) in question.values.enumerated() { lines.append("  \(number + 1) \(value)") }
    lines += hint(question)
    while true {
      guard let text = try terminal.ask(lines) else { return nil }
      let word = text.trimmed
      if word.isEmpty { return FactChange(fact: question.fact, value: nil) }
      if word == "?" {
        lines = [question.meaning, question.why, "[\(question.fact)]"]
        continue
      }
      var answer = word
      if let number = Int(word), question.values.indices.contains(number - 1) {
        answer = question.values[number - 1]
      }
      do throws(Problem) { return try pack.change(question.fact, answer) } catch {
        lines = ["\(error.reason). [\(question.fact)]"]
      }
    }
  }

  private func hint(_ question: FactQuestion) -> [String] {
    switch question.type {
    case .bool: ["  yes or no"]
    case .region: ["  a country's code, such as DE"]
    case .regions: ["  countries' codes, such as DE,FR; none; * for everywhere"]
    case .choices: ["  several with commas, or none"]
    case .date: ["  a day, such as 2026-05-01"]
    case .integer, .number: ["  a number"]
    case .string, .choice, .licence: []
    }
  }
}

extension String {
  /// Without white space at its ends.
  fileprivate var trimmed: String {
    let front = drop(while: \.isWhitespace)
    return String(front.reversed().drop(while: \.isWhitespace).reversed())
  }
}
