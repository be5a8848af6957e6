// What in a model's files could run code on the machine of whoever loads it.
//
// Gathered here: what the weights hold that the tensors are taken from (`ModelContents`), and what
// each file is and names (`FolderContent`).
//
// Does not: prove a model safe.

import Base

/// Findings about the files of a model.
public enum FileSafety {
  static let configurationBytesMax = 64 << 20
  static let templateBytesMax = 4 << 20

  /// Reads the model at `path` and gives all findings, sorted by place.
  /// Throws what `ModelContents.read` throws.
  public static func findings(of path: String, run: Run = Run()) throws(Problem) -> [Finding] {
    try findings(of: try ModelContents.read(path, run: run), run: run)
  }

  /// The same for contents that were read already.
  public static func findings(
    of contents: ModelContents, run: Run = Run()
  ) throws(Problem) -> [Finding] {
    var findings = try FolderContent.findings(of: contents, run: run)
    // What forbids to read the weights is found again by the look at their file.
    let known = Set(findings.map(Self.identity))
    findings += contents.findings.filter { !known.contains(Self.identity($0)) }
    return findings.sorted {
      (ByteName($0.place ?? ""), ByteName($0.id)) < (ByteName($1.place ?? ""), ByteName($1.id))
    }
  }

  private static func identity(_ finding: Finding) -> [ByteName] {
    [finding.id, finding.place ?? "", finding.message].map { ByteName($0) }
  }
}
