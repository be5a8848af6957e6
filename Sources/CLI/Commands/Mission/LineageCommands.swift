// `assay lineage declare|show|retract`: edges in the ledger.

import Audit
import Base
import Formats
import Ledger
import Licensing
import Policy
import Register

let lineageDeclareCommand = Command(
  path: ["lineage", "declare"],
  summary: "Record that a model came from another",
  discussion: """
    A declaration is a signed statement of yours, dated, in the append-only log. It counts as
    declared: policy believes it. Both models are given as paths or as digests sha256:…; an
    ancestor that is not at hand may be a name such as org/model. Refused are circles, a model that
    came from itself, and words that no rule knows. `assay lineage retract` takes it back.
    """,
  positionals: [Positional("CHILD", "the model that came from the other")],
  options: [
    .value("--ancestor", "MODEL", "path, digest or name of what it came from", required: true),
    .value(
      "--relation", "WORD", "copy, converted, quantized, finetuned, distilled …", required: true),
    .value("--route", "WORD", "weights, outputs or api (for distilled and data)"),
    .value("--date", "DAY", "the day the relation was made"),
    .value(
      "--licence", "ID", "the ancestor's licence on that day (default: the one its folder declares)"
    ),
    .value("--by", "WORD", "self or third-party: who made the child (default: self)"),
    .value("--developer", "NAME", "who made the ancestor, as in model.developer"),
    .value("--origin", "REGION", "where the ancestor was made: DE, US-TX (ISO 3166)"),
    .state, .json,
  ],
  examples: [
    Example(
      "assay lineage declare ./mine --ancestor ./base --relation finetuned --date 2026-03-01",
      "one entry in the ledger, with its receipt")
  ]
) { invocation in
  let log = try StateLog(try requiredState(invocation))
  let child = try NamedModel(invocation.positional(0) ?? "", mayBeName: false)
  let ancestor = try NamedModel(invocation.value("--ancestor") ?? "", mayBeName: true)
  let declaration = try Declaration(
    edge: try declaredEdge(invocation, ancestor: ancestor, child: child), childName: child.name,
    ancestorName: ancestor.name
  ).checked(pack: try PolicyPack.shipped())
  let receipts = try log.record { (reader) throws(Problem) in
    [try declaration.statement(at: WallClock.system.now(), in: reader)]
  }
  let index = receipts.first?.index ?? 0
  if invocation.flag("--json") {
    invocation.output.json(["edge": declaration.edge.json, "ledger_index": JSON(index)])
  } else {
    invocation.output.line(
      "recorded as entry \(index): \(ancestor.label) → \(child.label) "
        + "(\(declaration.edge.relation?.rawValue ?? "unknown"), declared)")
  }
  return .yes
}

let lineageShowCommand = Command(
  path: ["lineage", "show"],
  summary: "Show where a model comes from and what came from it, as the ledger says",
  positionals: [Positional("MODEL", "path, digest or the beginning of one, or name")],
  options: [.state, .json],
  examples: [Example("assay lineage show ./model", "edges up and down, with their grades")]
) { invocation in
  let log = try StateLog(try requiredState(invocation))
  let model = try NamedModel(invocation.positional(0) ?? "", mayBeName: true)
  let (digest, lineage) = try log.read { (reader) throws(Problem) in
    guard let digest = try model.digest(in: reader) else {
      throw Problem(
        .malformed, "not_found", place: model.identity,
        reason: "there is no such path, and no model was checked under this name",
        remedy: "give the model's path, or its digest")
    }
    return (digest, try reader.lineage(of: digest))
  }
  if invocation.flag("--json") {
    invocation.output.json([
      "model": .string(digest.tagged), "ancestors": .array(lineage.ancestors.map(edgeJSON)),
      "descendants": .array(lineage.descendants.map(edgeJSON)),
      "findings": .array(lineage.findings.map(\.json)),
    ])
  } else {
    for (title, edges) in [("comes from", lineage.ancestors), ("led to", lineage.descendants)] {
      invocation.output.line("\(title):" + (edges.isEmpty ? " nothing recorded" : ""))
      for edge in edges { invocation.output.line("  " + edgeLine(edge)) }
    }
    for finding in lineage.findings { invocation.output.line("\(finding.id): \(finding.message)") }
  }
  return .yes
}

let lineageRetractCommand = Command(
  path: ["lineage", "retract"],
  summary: "Take a declaration or a conclusion back",
  discussion: """
    The entry stays in the log; from the retraction on policy no longer sees the edge, and what
    rested on it is decided again. Only what this state's own key signed can be taken back. A
    conclusion and its edge go together: name either entry. What `compare` measured is no
    declaration.
    """,
  positionals: [Positional("ENTRY", "the ledger index of the edge or the conclusion")],
  options: [
    .value("--by", "NAME", "who takes it back", required: true),
    .value("--reason", "TEXT", "why", required: true),
    .state, .json,
  ],
  examples: [
    Example("assay lineage retract 17 --by 'J. Doe' --reason 'it was another run'", "one entry")
  ]
) { invocation in
  let log = try StateLog(try requiredState(invocation))
  let taking = try takingBack(invocation)
  var entries: [Int] = []
  let receipts = try log.record { (reader) throws(Problem) in
    let retraction = try taking.edge(at: WallClock.system.now(), key: log.ownKey, in: reader)
    entries = retraction.entries
    return [try retraction.statement()]
  }
  return report(receipts, invocation, ["retracted": .array(entries.map { JSON($0) })])
}

private func edgeJSON(_ recorded: RecordedLineage.Edge) -> JSON {
  var object = recorded.statement.edge.json.object ?? [:]
  object["ledger_index"] = JSON(recorded.entry)
  object["ancestor_name"] = recorded.statement.ancestorName.map(JSON.string)
  object["child_name"] = recorded.statement.childName.map(JSON.string)
  object["retracted"] = .bool(recorded.retracted != nil)
  object["retracted_by"] = recorded.retracted.map { JSON($0) }
  return .object(object)
}

private func edgeLine(_ recorded: RecordedLineage.Edge) -> String {
  let edge = recorded.statement.edge
  let ancestor = recorded.statement.ancestorName ?? Digest.label(edge.ancestor)
  let child = recorded.statement.childName ?? Digest.label(edge.child)
  let arrow = edge.direction == .undetermined ? "—" : "→"
  let back = recorded.retracted.map { ", taken back by entry \($0)" } ?? ""
  return "entry \(recorded.entry): \(ancestor) \(arrow) \(child) "
    + "(\(edge.relation?.rawValue ?? "relation not known"), \(edge.grade.rawValue)\(back))"
}

// MARK: Options

/// The edge that the options describe, graded declared.
private func declaredEdge(
  _ invocation: Invocation, ancestor: NamedModel, child: NamedModel
) throws(Problem) -> LineageEdge {
  let by = invocation.value("--by")
  guard by == nil || by == "self" || by == "third-party" else {
    throw Problem(.usage, "bad_value", reason: "--by: self or third-party is wanted")
  }
  var licence = invocation.value("--licence")
  if licence == nil, let path = ancestor.path, FileSystem.kind(of: path) == .directory {
    let declared = try licenceCheck(model: ModelAddress(path: path)).declared.ids
    licence = declared.count == 1 ? declared[0] : nil
  }
  return LineageEdge(
    ancestor: ancestor.identity, child: child.identity, relation: try relation(invocation),
    grade: .declared, date: try invocation.day("--date"),
    route: try invocation.word("--route", EdgeRoute.self), by: by, licence: licence,
    developer: invocation.value("--developer"), origin: invocation.value("--origin"))
}

/// `--relation`, in our spelling or a common other one.
func relation(_ invocation: Invocation) throws(Problem) -> Relation {
  let text = invocation.value("--relation") ?? ""
  guard let relation = Relation(spelling: text) else {
    let words = Relation.allCases.map(\.rawValue).joined(separator: ", ")
    throw Problem(
      .usage, "bad_value", reason: "--relation \(text): one of \(words) is wanted",
      remedy: "see `assay \(invocation.command.name) --help`")
  }
  return relation
}

extension Invocation {
  /// The value of an option as a word of a vocabulary; nil if it is not given.
  func word<Word: RawRepresentable<String> & CaseIterable>(
    _ option: String, _ type: Word.Type
  ) throws(Problem) -> Word? {
    guard let text = value(option) else { return nil }
    guard let value = Word(rawValue: text) else {
      let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw Problem(.usage, "bad_value", reason: "\(option) \(text): one of \(words) is wanted")
    }
    return value
  }
}
