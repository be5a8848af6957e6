// A prompt that twins are drawn for: {"prompt":…} or {"text":…}, or {"ids":[token]} of the model.

import Base

/// A prompt as somebody gives it.
enum TrialPrompt: Equatable, Sendable {
  case text(String)
  /// Not empty.
  case tokens([Int32])
}

extension TrialFiles {
  /// The prompts of a file in the order of its lines, and where each stands.
  static func prompts(_ file: String) throws(Problem) -> [(prompt: TrialPrompt, place: String)] {
    try values(file).map { json, place throws(Problem) in
      if let text = json["prompt"]?.string ?? json["text"]?.string { return (.text(text), place) }
      guard let ids = identifiers(json["ids"]), !ids.isEmpty else { throw noPrompt(place) }
      return (.tokens(ids), place)
    }
  }

  static func noPrompt(_ place: String) -> Problem {
    bad(place, "\"prompt\" or \"text\", a text, or \"ids\", tokens of the model, is needed")
  }
}
