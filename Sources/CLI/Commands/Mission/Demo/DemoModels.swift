// Which models the demonstration uses, and for what: `demo.json`, `panel.jsonl` and
// `references.jsonl` of the models' folder. Names of folders say nothing.

import Comparison
import Base

/// The cast of the demonstration.
struct DemoModels {
  let folder: String
  let teacher: String
  let twin: String
  let student: String
  let independent: String
  let tuned: String
  let quantised: String
  /// Controls and teachers with their training texts, by absolute path.
  let panel: [ListedModel]

  /// Reads the cast. Throws if the folder is not there or lacks a file.
  init(_ folder: String) throws(Problem) {
    guard FileSystem.kind(of: folder) == .directory else {
      throw Problem(
        .malformed, "not_found", place: folder,
        reason: "the models of the demonstration are not here",
        remedy: "run it in the repository, or give --models DIR")
    }
    let folder = try FileSystem.realPath(folder)
    let cast = try readJSON(FileSystem.join(folder, "demo.json"))
    func path(_ role: String) throws(Problem) -> String {
      guard let name = cast[role]?.string, !name.contains("/"), name != ".." else {
        throw Problem(
          .malformed, "bad_cast", place: "demo.json: /\(role)",
          reason: "the name of a model's folder is wanted")
      }
      return FileSystem.join(folder, name)
    }
    self.folder = folder
    teacher = try path("teacher")
    twin = try path("twin")
    student = try path("student")
    independent = try path("independent")
    tuned = try path("tuned")
    quantised = try path("quantised")
    panel =
      try PanelFile(FileSystem.join(folder, "panel.jsonl")).models
      + PanelFile(FileSystem.join(folder, "references.jsonl")).models
  }

  static func name(_ path: String) -> String { FileSystem.lastComponent(path) }
}
