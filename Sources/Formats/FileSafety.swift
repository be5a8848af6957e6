// What in a model's files could run code on the machine of whoever loads it.
//
// Gathered here: what the weights hold that the tensors are taken from (`ModelContents`), what each
// other file is (`FolderContent`), and chat templates in every place where libraries look for them.
//
// Does not: prove a model safe. A template can build a forbidden name at run time; libraries that
// render it in a sandbox stop that, this reader cannot.

import Base

/// Findings about the files of a model.
public enum FileSafety {
  static let configurationBytesMax = 64 << 20
  static let templateBytesMax = 4 << 20

  /// Reads the model at `path` and gives all findings, sorted by place.
  /// Throws what `ModelContents.read` throws.
  public static func findings(of path: String, run: Run = Run()) throws(Problem) -> [Finding] {
    try findings(of: try ModelContents.read(path), run: run)
  }

  /// The same for contents that were read already.
  public static func findings(
    of contents: ModelContents, run: Run = Run()
  ) throws(Problem) -> [Finding] {
    var findings = try FolderContent.findings(of: contents, run: run)
    // What forbids to read the weights is found again by the look at their file.
    let known = Set(findings.map(Self.identity))
    findings += contents.findings.filter { !known.contains(Self.identity($0)) }
    for file in contents.files {
      switch FileSystem.lastComponent(file) {
      case "tokenizer_config.json", "chat_template.json", "processor_config.json",
        "config.json":
        guard let bytes = try read(contents, file, configurationBytesMax, &findings) else {
          continue
        }
        findings += inConfiguration(bytes, file).map { $0.about(file: file) }
      case let name where name.hasSuffix(".jinja") || name.hasSuffix(".jinja2"):
        guard let text = try read(contents, file, templateBytesMax, &findings) else { continue }
        findings += ChatTemplateScan.findings(in: text, place: file)
      default: break
      }
    }
    for (key, value) in contents.model?.ggufMetadata ?? [:]
    where key.hasPrefix("tokenizer.chat_template") {
      guard let text = value.bytes else { continue }
      findings += ChatTemplateScan.findings(in: text, place: "metadata key \(key.quoted)")
    }
    return findings.sorted {
      (ByteName($0.place ?? ""), ByteName($0.id)) < (ByteName($1.place ?? ""), ByteName($1.id))
    }
  }

  private static func identity(_ finding: Finding) -> [ByteName] {
    [finding.id, finding.place ?? "", finding.message].map { ByteName($0) }
  }

  /// The file, or nil and a finding if it is larger than what is searched.
  private static func read(
    _ contents: ModelContents, _ file: String, _ limitBytes: Int, _ findings: inout [Finding]
  ) throws(Problem) -> [UInt8]? {
    let mapped = try contents.open(file)
    guard mapped.byteCount <= limitBytes else {
      findings.append(
        Finding(
          id: "not-searched", severity: .warning,
          message: "the file has more than \(limitBytes) bytes and was not searched for code",
          place: file
        ).about(file: file))
      return nil
    }
    return mapped.bytes(at: 0, count: mapped.byteCount)
  }

  private static func inConfiguration(_ bytes: [UInt8], _ file: String) -> [Finding] {
    let document: JSON
    do { document = try JSON.parse(bytes) } catch {
      return [
        Finding(
          id: "malformed-configuration", severity: .warning,
          message: "the file is not strict JSON, so it was not searched: \(error.reason)",
          place: "\(file): byte \(error.offset)")
      ]
    }
    var findings: [Finding] = []
    for (place, template) in templates(in: document["chat_template"]) {
      findings += ChatTemplateScan.findings(
        in: Array(template.utf8), place: "\(file): chat_template\(place)")
    }
    return findings
  }

  /// One template, or a list of `{"name", "template"}`, or an object of named templates.
  private static func templates(in value: JSON?) -> [(place: String, template: String)] {
    if let text = value?.string { return [("", text)] }
    if let members = value?.object {
      return members.compactMap { name, member in
        member.string.map { (" \(ByteName(name).quoted)", $0) }
      }
    }
    return (value?.array ?? []).enumerated().compactMap { index, item in
      item["template"]?.string.map { ("[\(index)]", $0) }
    }
  }
}
