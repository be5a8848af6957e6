// `assay lineage declare|show`: edges in the ledger.

import Base
import Fingerprint
import Ledger

let lineageDeclareCommand = Command(
  path: ["lineage", "declare"],
  summary: "Record that a model came from another",
  discussion: """
    A declaration is a signed statement of yours, dated, in the append-only log. It counts as
    declared: policy believes it. Both models are given as paths or as digests sha256:…; an
    ancestor that is not at hand may be a name such as org/model.
    """,
  positionals: [Positional("CHILD", "the model that came from the other")],
  options: [
    .value("--ancestor", "MODEL", "path, digest or name of what it came from", required: true),
    .value(
      "--relation", "WORD", "copy, converted, quantized, finetuned, distilled …", required: true),
    .value("--route", "WORD", "weights, outputs or api (for distilled and data)"),
    .value("--date", "DAY", "the day the relation was made"),
    .value("--licence", "ID", "the ancestor's licence on that day"),
    .value("--by", "WORD", "self or third-party: who made the child (default: self)"),
    .value("--developer", "NAME", "who made the ancestor, as in model.developer"),
    .value("--origin", "REGION", "where the ancestor was made, as in model.origin"),
    .state, .json,
  ],
  examples: [
    Example(
      "assay lineage declare ./mine --ancestor ./base --relation finetuned --date 2026-03-01",
      "one entry in the ledger, with its receipt")
  ]
) { invocation in
  let state = try requiredState(invocation)
  let child = try NamedModel(invocation.positional(0) ?? "", mayBeName: false)
  let ancestor = try NamedModel(invocation.value("--ancestor") ?? "", mayBeName: true)
  let edge = try declaredEdge(invocation, ancestor: ancestor.identity, child: child.identity)
  let statement = LineageStatement(
    edge: edge, childName: child.name, ancestorName: ancestor.name)
  let receipts = try Recorder(state: state).record([try JobStatement(statement)])
  let index = receipts.first?.index ?? 0
  if invocation.flag("--json") {
    invocation.output.json(["edge": edge.json, "ledger_index": JSON(index)])
  } else {
    invocation.output.line(
      "recorded as entry \(index): \(ancestor.label) → \(child.label) "
        + "(\(edge.relation?.rawValue ?? "unknown"), declared)")
  }
  return .yes
}

let lineageShowCommand = Command(
  path: ["lineage", "show"],
  summary: "Show where a model comes from and what came from it, as the ledger says",
  positionals: [Positional("MODEL", "path or digest")],
  options: [.state, .json],
  examples: [Example("assay lineage show ./model", "edges up and down, with their grades")]
) { invocation in
  let state = try requiredState(invocation)
  let model = try NamedModel(invocation.positional(0) ?? "", mayBeName: false)
  guard let digest = Digest(tagged: model.identity) else { return .malformed }
  let lineage = try state.openLedger().lineage(of: digest, trusted: try state.trustedKeys())
  if invocation.flag("--json") {
    invocation.output.json([
      "model": .string(model.identity), "ancestors": .array(lineage.ancestors.map(edgeJSON)),
      "descendants": .array(lineage.descendants.map(edgeJSON)),
      "findings": .array(lineage.findings.map(\.json)), "truncated": .bool(lineage.isTruncated),
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

private func edgeJSON(_ recorded: RecordedEdge) -> JSON {
  var object = recorded.edge.json.object ?? [:]
  object["ledger_index"] = JSON(recorded.index)
  object["ancestor_name"] = recorded.statement.ancestorName.map(JSON.string)
  object["child_name"] = recorded.statement.childName.map(JSON.string)
  return .object(object)
}

private func edgeLine(_ recorded: RecordedEdge) -> String {
  let edge = recorded.edge
  let ancestor = recorded.statement.ancestorName ?? edge.ancestor
  let child = recorded.statement.childName ?? edge.child
  let arrow = edge.direction == .undetermined ? "—" : "→"
  return "entry \(recorded.index): \(ancestor) \(arrow) \(child) "
    + "(\(edge.relation?.rawValue ?? "relation not known"), \(edge.grade.rawValue))"
}

/// The edge that the options describe, graded declared.
func declaredEdge(
  _ invocation: Invocation, ancestor: String, child: String
) throws(Problem) -> LineageEdge {
  func word<Word: RawRepresentable & CaseIterable>(
    _ option: String, _ type: Word.Type
  ) throws(Problem) -> Word? where Word.RawValue == String {
    guard let text = invocation.value(option) else { return nil }
    guard let value = Word(rawValue: text) else {
      let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw Problem(
        .usage, "bad_value", reason: "\(option) \(text): one of \(words) is wanted")
    }
    return value
  }
  var date: CalendarDay?
  if let text = invocation.value("--date") {
    guard let day = CalendarDay(text) else {
      throw Problem(.usage, "bad_value", reason: "--date \(text): YYYY-MM-DD is wanted")
    }
    date = day
  }
  let by = invocation.value("--by")
  guard by == nil || by == "self" || by == "third-party" else {
    throw Problem(.usage, "bad_value", reason: "--by: self or third-party is wanted")
  }
  return LineageEdge(
    ancestor: ancestor, child: child, relation: try word("--relation", Relation.self),
    grade: .declared, date: date, route: try word("--route", EdgeRoute.self), by: by,
    licence: invocation.value("--licence"), developer: invocation.value("--developer"),
    origin: invocation.value("--origin"))
}

/// A model on the command line: a path, a digest, or where that makes sense a name.
struct NamedModel {
  /// `sha256:…` or a name.
  let identity: String
  /// For people.
  let name: String?

  init(_ text: String, mayBeName: Bool) throws(Problem) {
    if Digest(tagged: text) != nil {
      identity = text
      name = nil
    } else if FileSystem.exists(text) || !mayBeName {
      let fingerprint = try Fingerprint.compute(
        model: text, filesOnly: true, run: Run(isCancelled: { Interrupt.isRequested }))
      identity = fingerprint.filesRoot.tagged
      name = FileSystem.lastComponent(text)
    } else {
      identity = text
      name = nil
    }
  }

  var label: String { name ?? identity }
}
