// An evidence pack: a directory that a stranger can check without us and without a network.
//
//     manifest.json        every other file with SHA-256 and size; nothing else may be there
//     README.txt           what this is and how to check it
//     pack.json            schema, what was asked, the constants of the rules, what is left out
//     verdict.json         the answer of `compare`, without paths of the machine that made it
//     models.json          every model's digests, role and declared training text
//     probes.jsonl         the texts on which outputs were compared, as they were used
//     outputs.json         sums of the contrast over each document, and what the gates ask
//     weights.json         counts of coincidences, blinding keys, e-values, equal bits
//     power.json           what the output test could have seen, with fewer and more controls
//     statements/N.json    in-toto statements, or DSSE envelopes if there was a state to sign
//     bodies/N.json        what statement N says, if an entry of the ledger has no room for it
//     receipts/N.tlog-proof, keys/   from the ledger and of the state, if there was one
//     figures/*.svg        drawn from the files above
//
// Promises: the same comparison gives the same bytes, signatures, times and receipts aside. A
// manifest is a function of the directory, so that a changed byte anywhere, the manifest itself
// included, cannot agree with it.
// Does not: hold weights, or make a verdict true. It shows what a verdict rests on.

import Base
import Crypto

/// The files of a pack, the manifest aside.
public struct EvidencePack: Sendable {
  public static let schema = "assay.evidence-pack/1"

  /// One file of a pack.
  public struct File: Equatable, Sendable {
    /// Relative, with slashes.
    public var path: String
    public var bytes: [UInt8]

    public init(_ path: String, _ bytes: [UInt8]) {
      self.path = path
      self.bytes = bytes
    }

    /// A canonical document, without a newline: its digest is that of the value.
    public init(_ path: String, _ json: JSON) { self.init(path, json.canonicalBytes) }

    var written: DurableDirectory.File { DurableDirectory.File(path, bytes) }
  }

  enum Name {
    static let manifest = "manifest.json"
    static let readme = "README.txt"
    static let pack = "pack.json"
    static let verdict = "verdict.json"
    static let models = "models.json"
    static let probes = "probes.jsonl"
    static let outputs = "outputs.json"
    static let weights = "weights.json"
    static let power = "power.json"
    static let statementKey = "keys/statement.pub.pem"
    static let logKey = "keys/ledger.vkey"
    static func statement(_ index: Int) -> String { "statements/\(index).json" }
    static func body(_ index: Int) -> String { "bodies/\(index).json" }
    static func receipt(_ index: Int) -> String { "receipts/\(index).tlog-proof" }
    static let figures = "figures/"
  }

  /// Sorted by the bytes of their paths.
  public let files: [File]

  public init(files: [File]) {
    self.files = files.sorted { ByteName($0.path) < ByteName($1.path) }
  }

  subscript(path: String) -> [UInt8]? {
    files.first { ByteName($0.path) == ByteName(path) }?.bytes
  }

  /// The manifest of these files: canonical JSON and a newline.
  public var manifest: [UInt8] { PackManifest(files).bytes }

  /// Names the pack: SHA-256 of its manifest.
  public var digest: Digest { SHA256.hash(manifest) }

  var manifestFile: File { File(Name.manifest, manifest) }

  /// Writes the pack to a path where nothing is: all of it, or nothing.
  func write(to path: String) throws(Problem) {
    try DurableDirectory.create(path, files: (files + [manifestFile]).map(\.written))
  }
}

// MARK: Reading

extension EvidencePack {
  static let fileBytesMax = 256 << 20
  static let filesMax = 10_000
  static let depthMax = 4

  /// Reads every file below a directory and holds it to the manifest there.
  /// - Returns: the files, and each difference from the manifest as a sentence.
  /// - Throws: `malformed` if there is no manifest, so that this is no pack.
  public static func read(
    _ directory: String
  ) throws(Problem) -> (pack: EvidencePack, differences: [String]) {
    let manifestPath = FileSystem.join(directory, Name.manifest)
    guard FileSystem.kind(of: directory) == .directory,
      FileSystem.kind(of: manifestPath) == .file
    else {
      throw Problem(
        .malformed, "no_pack", place: directory,
        reason: "this is no evidence pack: it holds no \(Name.manifest)",
        remedy: "give the directory that `assay compare … --pack DIR` wrote")
    }
    var differences: [String] = []
    var files: [File] = []
    for path in try list(directory, &differences) where path != Name.manifest {
      files.append(
        File(
          path,
          try FileSystem.read(FileSystem.join(directory, path), limitBytes: fileBytesMax)))
    }
    let pack = EvidencePack(files: files)
    let claimed = try FileSystem.read(manifestPath, limitBytes: fileBytesMax)
    if claimed != pack.manifest { differences += pack.differences(from: claimed) }
    return (pack, differences)
  }

  /// Paths of regular files; links, other things and empty directories are differences.
  private static func list(
    _ root: String, _ differences: inout [String]
  ) throws(Problem) -> [String] {
    var found: [String] = []
    var pending: [(relative: String, depth: Int)] = [("", 0)]
    while let (folder, depth) = pending.popLast() {
      let entries = try FileSystem.entries(
        of: folder.isEmpty ? root : FileSystem.join(root, folder))
      if entries.isEmpty { differences.append("\(folder)/ is empty and belongs to no pack") }
      for entry in entries {
        let path = folder.isEmpty ? entry.name : folder + "/" + entry.name
        switch entry.kind {
        case .file: found.append(path)
        case .directory where depth < depthMax: pending.append((path, depth + 1))
        default: differences.append("\(path) is neither a file nor a folder of a pack")
        }
      }
      guard found.count <= filesMax else {
        throw Problem(
          .malformed, "too_many_files", place: root, reason: "more than \(filesMax) files")
      }
    }
    return found
  }

  /// What a manifest says otherwise than these files. At least one sentence.
  private func differences(from claimed: [UInt8]) -> [String] {
    guard let manifest = try? PackManifest(parsing: claimed) else {
      return ["\(Name.manifest) cannot be read"]
    }
    return manifest.differences(from: PackManifest(files))
  }
}
