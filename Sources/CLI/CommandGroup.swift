// The commands under headings, as the overview shows them: one line for each first word.
//
// A word with several commands behind it (`ledger append`, `ledger verify`) stands once, with a
// sentence about them all; its own page lists them.

import Base

/// A heading of the overview with the first words below it.
struct CommandGroup {
  let title: String
  let words: [String]

  static let all: [CommandGroup] = [
    CommandGroup(
      title: "May we use it",
      words: [
        "check", "profile", "notice", "licence", "policy", "waive", "decisions", "decide",
        "calendar",
      ]),
    CommandGroup(title: "What is it", words: ["fingerprint", "inspect", "sign", "verify"]),
    CommandGroup(
      title: "Where does it come from",
      words: ["compare", "probes", "panel", "lineage", "conclude", "trial"]),
    CommandGroup(title: "Run a model", words: ["tokenize", "score", "generate"]),
    CommandGroup(title: "Keep the record", words: ["init", "ledger", "report"]),
    CommandGroup(title: "Many models", words: ["audit", "merge", "serve"]),
    CommandGroup(title: "Help", words: ["demo", "doctor", "completion"]),
  ]

  /// What the commands behind a word do together, where the word alone is no command.
  static let summaries: [String: String] = [
    "policy": "Ask rules of a pack, explain them, test, lint and compare packs",
    "licence": "Recognise licence texts, check what a model declares",
    "profile": "Say who asks and for what: make, change, show and list profiles",
    "lineage": "Declare, show, verify and take back where a model comes from",
    "panel": "Keep the controls that comparisons need: add, list, verify",
    "trial": "Prove by coins whether a suspect learned from what was served",
    "ledger": "Make, extend, prove, export and verify logs",
  ]

  /// Words that people type for one of ours.
  static let spellings = ["license": "licence", "licenses": "licence", "profiles": "profile"]
}
