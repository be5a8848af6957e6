import Base
import Formats
import Licensing
import Testing

/// Goal: each duty of a base licence is asked for where it is owed and nowhere else.
/// Method: small model folders; each adds or takes away one thing from one that is in order.
@Suite("The licence check")
struct LicenceCheckTests {
  @Test("has nothing to say against a licence that is declared and there")
  func clean() throws {
    let report = try check("acme--plain", ["README.md": card("license: isc"), "LICENSE": isc])
    #expect(report.findings.isEmpty, "\(report.findings)")
    #expect(report.model == "acme/plain")
    #expect(report.declared.ids == ["ISC"])
    #expect(report.detected.map(\.ids) == [["ISC"]])
    #expect(report.exitCode == .yes)
  }

  @Test(
    "names what is wrong with a declaration",
    arguments: [
      ("license: isc", ["README.md", "LICENSE"], [String](), ExitCode.yes),
      ("license: mit", ["README.md", "LICENSE"], ["declared_detected_mismatch"], .no),
      ("tags: [a]", ["README.md", "LICENSE"], ["declared_missing"], .undecided),
      ("tags: [a]", ["README.md"], ["missing"], .no),
      ("license: unknown", ["README.md"], ["missing"], .no),
      ("license: bsd", ["README.md"], ["family_tag"], .undecided),
      ("license: apache2", ["README.md"], ["declared_unknown_id"], .undecided),
      ("license: 3", ["README.md"], ["declared_unknown_id"], .undecided),
      ("license: [isc, mit]", ["README.md", "LICENSE"], ["list_ambiguous"], .undecided),
      ("license: other", ["README.md"], ["other_unresolved"], .no),
      ("license: other", ["README.md", "LICENSE"], [], .yes),
      (
        "license: other\nlicense_link: TERMS.txt", ["README.md"],
        ["link_missing", "other_unresolved"], .no
      ),
      ("license: mit\nlicense: isc", ["README.md"], ["card_unreadable"], .malformed),
      ("license: mit\nbase_model: acme/model", ["README.md"], ["base_cycle"], .no),
      ("license: mit\nbase_model: nobody/knows", ["README.md"], ["base_unknown"], .undecided),
    ])
  func declarations(yaml: String, files: [String], wanted: [String], code: ExitCode) throws {
    let all = ["README.md": card(yaml), "LICENSE": isc]
    let report = try check("acme--model", all.filter { files.contains($0.key) })
    #expect(ids(report) == wanted, "\(report.findings)")
    #expect(report.exitCode == code)
  }

  @Test("says a changed text is changed, and does not take it for the licence")
  func changed() throws {
    let files = ["README.md": card("license: isc"), "LICENSE": "CHANGED ISC"]
    let report = try check("acme--model", files)
    #expect(ids(report) == ["text_modified"])
    #expect(report.detected[0].ids.isEmpty)
  }

  @Test("asks a model on a Llama 3.1 base for name, line, notice and copy, however deep the base")
  func llama() throws {
    let models: JSON = [
      "models": [
        "acme/middle": ["licence": "MIT", "base_model": ["acme/root"]],
        "acme/root": ["licence": "LicenseRef-llama-3.1", "base_model": []],
      ]
    ]
    let duties = [
      "base_more_restrictive", "copy_missing", "display_line_missing", "name_rule",
      "notice_missing",
    ]
    for base in ["acme/root", "acme/middle"] {
      let yaml = "license: mit\nbase_model: \(base)"
      #expect(ids(try check("acme--shop", ["README.md": card(yaml)], models)) == duties)
    }
    let notice =
      "Llama 3.1 is licensed under the Llama 3.1 Community License, Copyright (c) Meta Platforms, "
      + "Inc. All Rights Reserved."
    let report = try check(
      "acme--Llama-shop",
      [
        "README.md": card("license: llama3.1\nbase_model: acme/root", "**Built with Llama**"),
        "NOTICE.txt": notice,
      ], models)
    #expect(ids(report) == ["copy_missing"])
  }

  @Test("asks nothing of the licensor itself, and says so; of anybody else all of it")
  func licensor() throws {
    let models: JSON = [
      "models": ["acme/root": ["licence": "LicenseRef-llama-3.1", "base_model": []]],
      "organisations": [
        "meta-llama": ["developer": "meta"], "google": ["developer": "google"],
        "somebody": ["developer": "other"],
      ],
    ]
    let files = ["README.md": card("license: mit\nbase_model: acme/root")]
    let own = try check("meta-llama--shop", files, models)
    #expect(ids(own).isEmpty, "\(own.findings)")
    #expect(own.findings.map(\.id).contains("licence.licensor"))
    for name in ["google--shop", "somebody--shop", "meta--shop", "meta-llama-fans--shop"] {
      #expect(ids(try check(name, files, models)).contains("name_rule"), "\(name)")
    }
    // That anybody may use MIT makes nobody its licensor.
    let open: JSON = [
      "models": ["acme/root": ["licence": "CC-BY-NC-4.0", "base_model": []]],
      "organisations": ["cc": ["developer": "creative commons"]],
    ]
    #expect(ids(try check("cc--shop", files, open)).contains("base_more_restrictive"))
  }

  @Test(
    "judges outputs of a teacher by what the teacher's licence says",
    arguments: [
      ("LicenseRef-llama-2", "teacher_terms", ExitCode.no),
      ("LicenseRef-deepseek-1.0", "teacher_terms", .undecided),
      ("MIT", nil, .yes), ("LicenseRef-kanana", "teacher_terms", .undecided),
      (nil, "teacher_terms", .undecided),
    ] as [(String?, String?, ExitCode)])
  func teachers(licence: String?, wanted: String?, code: ExitCode) throws {
    var table: JSONObject = ["acme/teacher": ["licence": JSON(licence), "base_model": []]]
    if licence == nil { table = ["acme/somebody": ["licence": "MIT", "base_model": []]] }
    let models: JSON = [
      "models": .object(table),
      "datasets": ["acme/chats": ["licence": "MIT", "generated_by": ["acme/teacher"]]],
    ]
    let files = ["README.md": card("license: isc\ndatasets: [acme/chats]"), "LICENSE": isc]
    let report = try check("acme--student", files, models)
    #expect(ids(report) == (wanted.map { [$0] } ?? []), "\(report.findings)")
    #expect(report.exitCode == code)
  }

  @Test("finds that two bases cannot be merged")
  func merge() throws {
    let models: JSON = [
      "models": [
        "a/copyleft": ["licence": "GPL-3.0-only", "base_model": []],
        "b/rail": ["licence": "LicenseRef-creativeml-openrail-m", "base_model": []],
      ]
    ]
    let report = try check(
      "acme--both", ["README.md": card("license: gpl-3.0\nbase_model: [a/copyleft, b/rail]")],
      models)
    #expect(ids(report).contains("conflict"))
  }

  @Test("holds the adapter's base against the card's")
  func adapter() throws {
    let files = [
      "README.md": card("license: isc\nbase_model: openai-community/gpt2"), "LICENSE": isc,
      "adapter_config.json": "{\"base_model_name_or_path\": \"acme/other\"}",
    ]
    #expect(ids(try check("acme--lora", files)).contains("base_contradicts"))
  }

  // MARK: Folders

  private func ids(_ report: LicenceReport) -> [String] {
    Set(report.findings.filter { $0.severity != .note }.map { String($0.id.dropFirst(8)) }).sorted()
  }

  private func card(_ yaml: String, _ body: String = "# model") -> String {
    "---\n\(yaml)\n---\n\n\(body)\n"
  }

  private func check(
    _ name: String, _ files: [String: String], _ models: JSON? = nil
  ) throws -> LicenceReport {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-licence")
    defer { try? FileSystem.remove(folder) }
    let directory = FileSystem.join(folder, name)
    try FileSystem.makeDirectory(directory)
    for (file, text) in files {
      try DurableFile.replace(FileSystem.join(directory, file), with: Array(text.utf8))
    }
    return try licenceCheck(
      model: ModelAddress(path: directory), models: models, recognise: recognise)
  }

  /// Stands for a text of that id: recognition has tests of its own.
  private let isc = "TEXT ISC"

  @Sendable private func recognise(_ bytes: [UInt8]) -> TextVerdict {
    let words = String(decoding: bytes, as: UTF8.self).split(separator: " ").map(String.init)
    switch words.first {
    case "TEXT":
      let found = TextVerdict.Found(
        id: words[1], kind: .text, confidence: 1, startLine: 1, endLine: 1)
      return TextVerdict(verdict: .match, licences: [found])
    case "CHANGED":
      let difference = TextVerdict.Difference(
        kind: .added, clause: "a clause", line: 1, id: words[1])
      return TextVerdict(verdict: .variant, variantOf: [words[1]], differences: [difference])
    default: return TextVerdict(verdict: .none)
    }
  }
}
