// `assay conclude`: a person says what follows from evidence.

import Audit
import Base
import Ledger

let concludeCommand = Command(
  path: ["conclude"],
  summary: "Record a person's conclusion that a suspected edge holds",
  discussion: """
    What statistics find is suspected, and a suspicion gives no more than review. A person who has
    looked at the evidence may conclude that the edge holds: the conclusion is a signed statement
    with a name and a reason, and from then on the edge counts as declared.
    """,
  positionals: [Positional("CHILD", "path or digest of the model")],
  options: [
    .value("--ancestor", "MODEL", "path or digest of the other model", required: true),
    .value("--relation", "WORD", "what was done, as in `lineage declare`", required: true),
    .value("--by", "NAME", "who concludes", required: true),
    .value("--reason", "TEXT", "on what evidence", required: true),
    .value("--route", "WORD", "weights, outputs or api"),
    .state, .json,
  ],
  examples: [
    Example(
      "assay conclude ./student --ancestor ./teacher --relation distilled --route outputs "
        + "--by 'J. Doe' --reason 'report of 2026-11-20, training logs seen'",
      "two entries: the conclusion and the edge")
  ]
) { invocation in
  let state = try requiredState(invocation)
  let child = try NamedModel(invocation.positional(0) ?? "", mayBeName: false)
  let ancestor = try NamedModel(invocation.value("--ancestor") ?? "", mayBeName: false)
  let conclusion = Conclusion(
    by: invocation.value("--by") ?? "", reason: invocation.value("--reason") ?? "")
  guard let relation = invocation.value("--relation").flatMap(Relation.init(rawValue:)) else {
    let words = Relation.allCases.map(\.rawValue).joined(separator: ", ")
    throw Problem(.usage, "bad_value", reason: "--relation: one of \(words) is wanted")
  }
  var route: EdgeRoute?
  if let text = invocation.value("--route") {
    guard let word = EdgeRoute(rawValue: text) else {
      throw Problem(.usage, "bad_value", reason: "--route: weights, outputs or api is wanted")
    }
    route = word
  }
  let edge = LineageEdge(
    ancestor: ancestor.identity, child: child.identity, relation: relation, grade: .declared,
    route: route)
  let statements = try conclusion.statements(
    edge: edge, childName: child.name, ancestorName: ancestor.name)
  let receipts = try Recorder(state: state).record(statements)
  if invocation.flag("--json") {
    invocation.output.json([
      "edge": edge.json, "ledger_indices": .array(receipts.map { JSON($0.index) }),
    ])
  } else {
    let entries = receipts.map { String($0.index) }.joined(separator: " and ")
    invocation.output.line(
      "concluded: \(ancestor.label) → \(child.label) (\(relation.rawValue)); entries \(entries)")
  }
  return .yes
}

let waiveCommand = Command(
  path: ["waive"],
  summary: "Record an exception from a rule for a model, with its end",
  discussion: """
    Only rules of contracts and licences can be waived, by whoever may grant that; law cannot. The
    waiver is a signed statement with a name, a reason and two days, and counts between them.
    """,
  positionals: [Positional("MODEL", "path or digest")],
  options: [
    .value("--rule", "ID", "the finding's id", required: true),
    .value("--by", "NAME", "who grants it", required: true),
    .value("--reason", "TEXT", "why", required: true),
    .value("--from", "DAY", "first day", required: true),
    .value("--to", "DAY", "last day", required: true),
    .state, .json,
  ],
  examples: [
    Example(
      "assay waive ./model --rule LicenseRef-x#no-train --by 'Licensor' --reason 'letter of 3 May' "
        + "--from 2026-05-03 --to 2027-05-02", "one entry in the ledger")
  ]
) { invocation in
  let state = try requiredState(invocation)
  let model = try NamedModel(invocation.positional(0) ?? "", mayBeName: false)
  let days = try ["--from", "--to"].map { option throws(Problem) in
    guard let day = invocation.value(option).flatMap(CalendarDay.init) else {
      throw Problem(.usage, "bad_value", reason: "\(option): YYYY-MM-DD is wanted")
    }
    return day
  }
  guard days[0] <= days[1] else {
    throw Problem(.usage, "bad_value", reason: "the waiver ends before it begins")
  }
  guard let digest = Digest(tagged: model.identity) else { return .malformed }
  let statement = RecordedWaiver.statement(
    model: digest, name: model.name, rule: invocation.value("--rule") ?? "",
    by: invocation.value("--by") ?? "", reason: invocation.value("--reason") ?? "",
    from: days[0], to: days[1])
  let receipts = try Recorder(state: state).record([statement])
  let index = receipts.first?.index ?? 0
  if invocation.flag("--json") {
    invocation.output.json(["ledger_index": JSON(index), "waiver": statement.predicate])
  } else {
    invocation.output.line("recorded as entry \(index)")
  }
  return .yes
}
