// `licence identify`: which licences a file holds.

import Base
import Licensing

let licenceIdentifyCommand = Command(
  path: ["licence", "identify"],
  summary: "Say which licences a text holds, and what was changed in them",
  discussion: """
    Layout, case, quotes, copyright lines and list marks do not count; one clause that is missing, \
    added or changed makes a variant, and so does a line around the licence that is not known to \
    be harmless; each is shown. Exit codes: 0 every file is a \
    match, 3 variant, unknown or none, 4 a file cannot be read.
    """,
  positionals: [Positional("FILE…", "texts to look at", maximum: Int.max)],
  options: [
    .value("--templates", "FILE", "recognise with these templates, not the ones carried"), .json,
  ],
  examples: [Example("assay licence identify LICENSE", "name the licence and its variants")],
  run: { invocation in
    let templates = try invocation.value("--templates").map {
      try InputFile.read($0, limitBytes: licenceFileByteCountMax)
    }
    var files: [JSON] = []
    var codes: [ExitCode] = []
    for path in invocation.positionals {
      do throws(Problem) {
        let bytes = try InputFile.read(path, limitBytes: licenceFileByteCountMax)
        let verdict = try identify(bytes, templates)
        var object = verdict.json
        object["file"] = .string(path)
        files.append(.object(object))
        codes.append(verdict.verdict == .match ? .yes : .undecided)
        if !invocation.flag("--json") { show(verdict, path, invocation.output) }
      } catch {
        files.append(["file": .string(path), "error": error.json])
        codes.append(error.exitCode)
        invocation.output.warn("assay: \(error)")
      }
    }
    if invocation.flag("--json") { invocation.output.json(["files": .array(files)]) }
    return ExitCode.combined(codes)
  })

/// A licence of this size is a mistake; the reader looks at the first part only.
let licenceFileByteCountMax = 64 << 20

private func identify(_ bytes: [UInt8], _ templates: [UInt8]?) throws(Problem) -> TextVerdict {
  guard let templates else { return Licensing.identify(bytes) }
  return try Licensing.identify(bytes, templates: templates)
}

private func show(_ verdict: TextVerdict, _ path: String, _ output: Output) {
  let names = verdict.licences.map { found in
    "\(found.id) (\(found.kind.rawValue), lines \(found.startLine)-\(found.endLine))"
  }
  switch verdict.verdict {
  case .match: output.line("\(path): match: \(names.joined(separator: ", "))")
  case .variant:
    output.line("\(path): variant of \(verdict.variantOf.joined(separator: ", "))")
    for name in names { output.line("  holds \(name)") }
  case .unknown: output.line("\(path): unknown: like a licence, but none we know")
  case .none: output.line("\(path): none: no licence text")
  }
  for difference in verdict.differences {
    output.line("  line \(difference.line), \(difference.kind.rawValue): \(difference.clause)")
  }
  if let note = verdict.note { output.line("  \(note)") }
}
