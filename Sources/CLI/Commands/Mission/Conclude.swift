// `assay conclude`: a person says what follows from evidence.

import Audit
import Base
import Ledger
import Policy
import Register

let concludeCommand = Command(
  path: ["conclude"],
  summary: "Record a person's conclusion that a suspected edge holds",
  discussion: """
    What statistics find is suspected, and a suspicion gives no more than review. A person who has
    looked at the evidence may conclude that the edge holds: the conclusion is a signed statement
    with a name and a reason, and from then on the edge counts as declared. What rests on it is
    decided again. `assay lineage retract` takes it back.
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
      "assay conclude ./student --ancestor ./teacher --relation distilled --by Ann --reason logs",
      "two entries: the conclusion and the edge")
  ]
) { invocation in
  let log = try StateLog(try requiredState(invocation))
  let child = try NamedModel(invocation.positional(0) ?? "", mayBeName: false)
  let ancestor = try NamedModel(invocation.value("--ancestor") ?? "", mayBeName: false)
  var edge = LineageEdge(
    ancestor: ancestor.identity, child: child.identity, relation: try relation(invocation),
    grade: .declared)
  edge.route = try invocation.word("--route", EdgeRoute.self)
  let declaration = try Declaration(
    edge: edge, childName: child.name, ancestorName: ancestor.name
  ).checked(pack: try PolicyPack.shipped())
  let receipts = try log.record { (reader) throws(Problem) in
    try declaration.conclusion(
      by: invocation.value("--by") ?? "", reason: invocation.value("--reason") ?? "",
      at: WallClock.system.now(), in: reader)
  }
  if invocation.flag("--json") {
    invocation.output.json([
      "edge": declaration.edge.json, "ledger_indices": .array(receipts.map { JSON($0.index) }),
    ])
  } else {
    let entries = receipts.map { String($0.index) }.joined(separator: " and ")
    let word = declaration.edge.relation?.rawValue ?? "relation not known"
    invocation.output.line(
      "concluded: \(ancestor.label) → \(child.label) (\(word)); entries \(entries)")
  }
  return .yes
}
