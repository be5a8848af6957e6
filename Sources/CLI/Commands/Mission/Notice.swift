// `assay notice`: what must go along with a model.

import Audit
import Base
import Policy
import Reports

let noticeCommand = Command(
  path: ["notice"],
  summary: "List the duties and licence texts that come with using a model",
  discussion: """
    Duties are what a licence or a law asks of a use that it allows: a copy of the text, a line to
    display, a name to keep. They depend on the use, which --profile describes.
    """,
  positionals: [Positional("MODEL", "a model's directory")],
  options: AskerOptions.profile + AskerOptions.request + AskerOptions.stated + [.state, .json]
    + Option.modelChoice,
  examples: [Example("assay notice ./model --profile company.json", "duties, one a line")]
) { invocation in
  var request = CheckRequest(try invocation.model())
  let state = try existingState(invocation)
  request.profile = try invocation.chosenProfile(state: state)
  request.changes = try invocation.factWords(AskerOptions.request)
  request.stated = try invocation.statedWords()
  let result = try CheckJob(state: state).run(request, run: try invocation.run())
  let duties = result.decision?.duties ?? []
  let possible = result.decision?.possibleDuties ?? []
  if invocation.flag("--json") {
    invocation.output.json([
      "model": .string(result.model.tagged), "licences": JSON(result.licence?.declared.ids ?? []),
      "duties": .array(duties.map(dutyJSON)), "possible_duties": .array(possible.map(dutyJSON)),
    ])
  } else {
    invocation.output.line(
      "\(result.name): \((result.licence?.declared.ids ?? []).joined(separator: ", "))")
    for duty in duties { invocation.output.line("  \(duty.state.rawValue): \(duty.text)") }
    for duty in possible { invocation.output.line("  perhaps: \(duty.text)") }
    if duties.isEmpty && possible.isEmpty { invocation.output.line("  no duties for this use") }
  }
  return possible.isEmpty ? .yes : .undecided
}

private func dutyJSON(_ duty: Duty) -> JSON {
  [
    "id": .string(duty.id), "rule": .string(duty.rule), "state": .string(duty.state.rawValue),
    "text": .string(duty.text),
  ]
}
