// `licence check`: does a model say what it owes?

import Audit
import Base
import Fingerprint
import Formats
import Licensing

let licenceCheckCommand = Command(
  path: ["licence", "check"],
  summary: "Compare what a model declares with its files and with what its bases ask for",
  discussion: """
    Looks at the card, licence files, NOTICE, GGUF metadata and adapter_config.json, and walks the \
    base models to their roots. In a cache or a store, what is read is held to the name of its \
    blob. Exit codes: 0 nothing or notes only, 1 an error was found, 3 \
    warnings only, 4 the card cannot be read.
    """,
  positionals: [Positional("DIR", "the model; a folder org--name stands for org/name")],
  options: [
    .value("--models", "FILE", "licences of further models, in the form of Policies/models.json"),
    .json,
  ] + Option.modelChoice,
  examples: [Example("assay licence check acme--Llama-3.1-Acme-8B", "what the model still owes")],
  run: { invocation in
    var models: JSON?
    if let path = invocation.value("--models") {
      let bytes = try InputFile.read(path, limitBytes: licenceFileByteCountMax)
      do throws(JSONError) { models = try JSON.parse(bytes) } catch {
        throw error.problem(file: path)
      }
    }
    let place = try ModelLocation(try invocation.model())
    let folder = LicenceFolder(place)
    let header = place.headerName
    let altered = try BlobCheck(place: place, run: try invocation.run()).findings {
      $0.name == header || folder.mayRead($0)
    }
    let report = try licenceCheck(folder: folder, models: models).report.adding(altered)
    if invocation.flag("--json") {
      invocation.output.json(report.json)
    } else {
      show(report, invocation.output)
    }
    return report.exitCode
  })

private func show(_ report: LicenceReport, _ output: Output) {
  let declared =
    report.declared.ids.isEmpty ? "nothing we know" : report.declared.ids.joined(separator: ", ")
  var lines = ["\(report.model) declares \(declared)"]
  for entry in report.detected {
    let ids = entry.ids.isEmpty ? entry.verdict.verdict.rawValue : entry.ids.joined(separator: ", ")
    lines.append("  \(entry.file): \(ids)")
  }
  for finding in report.findings {
    lines.append("\(finding.severity.rawValue) \(finding.id): \(finding.message)")
  }
  if report.findings.isEmpty { lines.append("nothing to say against it") }
  output.prose(lines)
}
