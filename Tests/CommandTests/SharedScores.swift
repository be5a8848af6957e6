import Base
import Foundation

/// Scores of the repository's models, made once for all tests of this run that compare with them.
enum SharedScores {
  /// A folder for `--cache`; removed when the tests end.
  static let folder: String = {
    guard let folder = try? FileSystem.temporaryDirectory(prefix: "assay-scores") else {
      return FileSystem.join(Program.repository, ".build/no-scores")
    }
    // What fails here fails again, and is told, in the test that asks for the scores.
    _ = try? Program.run([
      "compare", "Tests/Models/student-soft", "--references", "Tests/Models/references.jsonl",
      "--panel", "Tests/Models/panel.jsonl", "--only", "outputs", "--cache", folder, "--json",
    ])
    atexit { try? FileSystem.remove(SharedScores.folder) }
    return folder
  }()
}
