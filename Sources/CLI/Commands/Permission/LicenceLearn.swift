// `licence learn`: put a licence text into a file of templates, as hashed words.

import Base
import Licensing

let licenceLearnCommand = Command(
  path: ["licence", "learn"],
  summary: "Teach a licence text: hash its words into a file of templates",
  discussion: """
    FILE is plain text, Markdown, HTML, or XML of the SPDX licence list, whose marks say what may \
    be absent or replaced. With --list, each line of FILE is "ID TAB KIND TAB PATH", KIND being \
    licence or policy, and the file is made anew from all of them. The text itself is not kept. \
    Exit codes: 0 learned, 4 the text is too short or unreadable.
    """,
  positionals: [Positional("FILE", "the text, or the list of texts")],
  options: [
    .value("--out", "FILE", "the file of templates to write", required: true),
    .value("--id", "ID", "the id to recognise it by: an SPDX id or LicenseRef-NAME"),
    .value("--kind", "KIND", "licence (the default) or policy"),
    .flag("--also", "keep earlier texts of the same id: another wording of one licence"),
    .flag("--list", "FILE is a list of texts"),
    .json,
  ],
  examples: [
    Example(
      "assay licence learn LICENSE --id LicenseRef-acme-1.0 --out acme.bin",
      "then: assay licence identify LICENSE --templates acme.bin")
  ],
  run: { invocation in
    let out = invocation.value("--out") ?? ""
    let path = invocation.positional(0) ?? ""
    var file: [UInt8]?
    var texts: [(id: String, kind: String, path: String)]
    if invocation.flag("--list") {
      texts = try list(path)
    } else {
      guard let id = invocation.value("--id"), isLicenceID(id) else {
        throw Problem(
          .usage, "bad_value", reason: "--id is needed: one licence id of the SPDX grammar",
          remedy: "give --id LicenseRef-NAME")
      }
      texts = [(id, invocation.value("--kind") ?? "licence", path)]
      if FileSystem.exists(out) {
        file = try FileSystem.read(out, limitBytes: licenceFileByteCountMax)
      }
    }
    var seen: Set<String> = []
    var sources: [Licensing.Source] = []
    for text in texts {
      let isFirst = seen.insert(text.id).inserted
      sources.append(
        Licensing.Source(
          id: text.id, kind: try kind(text.kind), place: text.path,
          bytes: try FileSystem.read(text.path, limitBytes: licenceFileByteCountMax),
          replaces: isFirst && !invocation.flag("--also")))
    }
    let learned = try Licensing.learn(sources, into: file)
    try DurableFile.replace(out, with: learned)
    let ids = texts.map(\.id)
    if invocation.flag("--json") {
      invocation.output.json([
        "learned": JSON(ids), "out": .string(out), "bytes": JSON(learned.count),
      ])
    } else {
      invocation.output.line("learned \(ids.count) texts; \(out) has \(learned.count) bytes")
    }
    return .yes
  })

private func isLicenceID(_ id: String) -> Bool {
  guard case .term(let term)? = try? Expression(id) else { return false }
  return term.addition == nil
}

private func kind(_ name: String) throws(Problem) -> TemplateKind {
  switch name {
  case "licence": return .licence
  case "policy": return .policy
  default:
    throw Problem(
      .usage, "bad_value", reason: "the kind \"\(name)\" is neither licence nor policy")
  }
}

private func list(
  _ path: String
) throws(Problem) -> [(id: String, kind: String, path: String)] {
  let bytes = try FileSystem.read(path, limitBytes: 1 << 20)
  var texts: [(id: String, kind: String, path: String)] = []
  for (number, line) in bytes.split(separator: 0x0A).enumerated() {
    let parts = line.split(separator: 0x09).map { String(decoding: $0, as: UTF8.self) }
    guard parts.count == 3, isLicenceID(parts[0]) else {
      throw Problem(
        .malformed, "malformed_list", place: "\(path): line \(number + 1)",
        reason: "a line is an id, a kind and a path, separated by tabs")
    }
    texts.append((parts[0], parts[1], parts[2]))
  }
  return texts
}
