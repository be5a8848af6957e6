// `assay profile …`: who asks, under a name, kept in the state.

import Audit
import Base
import Ledger
import Policy
import State

let profileCommands: [Command] = [
  profileNewCommand, profileSetCommand, profileShowCommand, profileListCommand,
  profileDeleteCommand, profileQuestionsCommand,
]

private let profileNewCommand = Command(
  path: ["profile", "new"],
  summary: "Say who you are and what you want, under a name, for `check --as`",
  discussion: """
    Keeps the facts in the state. Without options and on a terminal it asks: first what the model
    is for, in what form it goes out and where, then what these make relevant. A value or its
    number answers, Enter means not known, ? explains, Ctrl-D ends the questions and saves.
    """,
  positionals: [Positional("NAME", "letters, digits, dots and dashes")],
  options: [
    .value("--from", "FILE", "take the facts of a profile's JSON file (- is standard input)")
  ]
    + AskerOptions.request + AskerOptions.organisation + [.state, .json],
  examples: [
    Example("assay profile new shop", "asks, on a terminal"),
    Example(
      "assay profile new shop --use internal-business --form internal --in DE --org-in DE",
      "says it in one line"),
    Example(
      "assay profile new shop --in DE --us-ties no --end-user private --operator own",
      "answers whole families of rules once for all"),
    Example("assay profile new lab --from company.json", "takes a file over"),
  ]
) { invocation in
  let name = invocation.positional(0) ?? ""
  let pack = try PolicyPack.shipped()
  let book = try ProfileBook(try requiredState(invocation), pack: pack)
  try book.checkFree(name)
  let words = try invocation.factWords(AskerOptions.request + AskerOptions.organisation)
  var facts = try invocation.value("--from").map { try readJSON($0) }
  if facts == nil, words.isEmpty {
    facts = try ProfileDialogue(pack: pack, terminal: try Terminal.ofPerson()).run()
  }
  var profile = facts ?? .emptyProfile
  for word in words { profile = try saying(word, in: profile, pack) }
  let made: StoredProfile
  do throws(Problem) {
    made = try book.add(name, profile, at: WallClock.system.now())
  } catch {
    guard let file = invocation.value("--from"), error.kind == .malformed else { throw error }
    var problem = error
    problem.place = "\(file)#\(error.place ?? "")"
    throw problem
  }
  show(made, invocation)
  return .yes
}

/// One fact said; a single country of establishment is also the seat, if none is known.
private func saying(
  _ words: FactWords, in profile: JSON, _ pack: PolicyPack
) throws(Problem) -> JSON {
  let changes = try pack.changes(words.fact, words.word)
  let seat = "actor.principal_place"
  guard words.fact == "org-in", let countries = changes.first?.value?.array, countries.count == 1,
    countries[0] != "*", profile.profileFact(seat) == nil
  else { return profile.profile(with: changes) }
  return profile.profile(with: changes + [FactChange(fact: seat, value: countries[0])])
}

private let profileSetCommand = Command(
  path: ["profile", "set"],
  summary: "Change facts of a profile",
  discussion: """
    Decisions that rest on the profile do not stand any more: `assay decide` makes them again.
    A value is yes, no, a number, a word, a list with commas, none (an empty list) or unknown
    (forget what was said).
    """,
  positionals: [
    Positional("NAME", "the profile"),
    Positional("FACT=VALUE", "a fact or a short name such as use or in", maximum: Int.max),
  ],
  options: [.state, .json],
  examples: [
    Example("assay profile set shop users=25000 in=DE,FR", "two facts by their short names"),
    Example("assay profile set shop end_user.kind=unknown", "forgets one"),
  ]
) { invocation in
  let pack = try PolicyPack.shipped()
  let book = try ProfileBook(try requiredState(invocation), pack: pack)
  let name = invocation.positional(0) ?? ""
  let before = try book.find(name)
  var changes: [FactChange] = []
  for words in try invocation.assignments(Array(invocation.positionals.dropFirst())) {
    changes += try pack.changes(words.fact, words.word)
  }
  let changed = try book.change(name, changes, at: WallClock.system.now())
  if changed.digest == before.digest { invocation.output.note("nothing changed") }
  show(changed, invocation)
  return .yes
}

private let profileShowCommand = Command(
  path: ["profile", "show"],
  summary: "Show the facts of a profile",
  positionals: [Positional("NAME", "the profile")],
  options: [.state, .json],
  examples: [Example("assay profile show shop --json", "in the form that --profile FILE reads")]
) { invocation in
  let book = try ProfileBook(try requiredState(invocation), pack: try PolicyPack.shipped())
  show(try book.find(invocation.positional(0) ?? ""), invocation)
  return .yes
}

private let profileListCommand = Command(
  path: ["profile", "list"],
  summary: "List the profiles of the state",
  options: [.state, .json],
  examples: [Example("assay profile list", "a line for each: name and digest")]
) { invocation in
  let profiles = try ProfileBook(
    try requiredState(invocation), pack: try PolicyPack.shipped()
  ).all()
  if invocation.flag("--json") {
    invocation.output.json([
      "profiles": .array(
        profiles.map { ["name": .string($0.name), "digest": .string($0.digest.tagged)] })
    ])
  } else if profiles.isEmpty {
    invocation.output.line("no profile is stored; make one with `assay profile new NAME`")
  } else {
    for profile in profiles {
      invocation.output.columns([profile.name, profile.digest.short])
    }
  }
  return .yes
}

private let profileDeleteCommand = Command(
  path: ["profile", "delete"],
  summary: "Delete a profile; decisions that rest on it stand no more",
  positionals: [Positional("NAME", "the profile")],
  options: [.state, .json],
  examples: [Example("assay profile delete shop", "the facts are gone, its decisions are not")]
) { invocation in
  let name = invocation.positional(0) ?? ""
  try ProfileBook(try requiredState(invocation), pack: try PolicyPack.shipped()).remove(name)
  if invocation.flag("--json") {
    invocation.output.json(["name": .string(name), "deleted": true])
  } else {
    invocation.output.line("deleted \(name)")
  }
  return .yes
}

private let profileQuestionsCommand = Command(
  path: ["profile", "questions"],
  summary: "List every fact that can be asked for, with its values",
  options: [.state, .json],
  examples: [Example("assay profile questions", "what `profile set` and `check --fact` take")]
) { invocation in
  _ = try StateSettings(try existingState(invocation))
  let questions = try PolicyPack.shipped().questions
  if invocation.flag("--json") {
    invocation.output.json(["questions": .array(questions.map(\.json))])
    return .yes
  }
  for question in questions {
    let short = FactChange.shortNames.first { $0.fact == question.fact }.map { " (\($0.word))" }
    invocation.output.line("\(question.fact)\(short ?? "")")
    invocation.output.line("  \(question.question)")
    invocation.output.line(
      "  "
        + (question.values.isEmpty
          ? question.type.rawValue : question.values.joined(separator: ", ")))
  }
  return .yes
}

private func show(_ profile: StoredProfile, _ invocation: Invocation) {
  if invocation.flag("--json") {
    invocation.output.json(["name": .string(profile.name), "profile": profile.facts])
    return
  }
  invocation.output.line("\(profile.name)  \(profile.digest.tagged)")
  for section in ["request", "model", "facts"] {
    for (key, value) in profile.facts[section]?.object?.members ?? [] {
      let name = section == "facts" ? key : "\(section).\(key)"
      invocation.output.line("  \(FactChange(fact: name, value: value).words)")
    }
  }
}
