// manifest.json: every other file of a pack with its SHA-256 and size, so that a changed byte
// anywhere, the manifest itself included, cannot agree with it.

import Base
import Crypto

/// The list of a pack's files.
struct PackManifest: Equatable, Sendable {
  struct Entry: Equatable, Sendable {
    let path: String
    let digest: Digest
    let byteCount: Int

    init(_ file: EvidencePack.File) {
      self.init(path: file.path, digest: SHA256.hash(file.bytes), byteCount: file.bytes.count)
    }

    init(path: String, digest: Digest, byteCount: Int) {
      self.path = path
      self.digest = digest
      self.byteCount = byteCount
    }
  }

  let entries: [Entry]

  init(entries: [Entry]) { self.entries = entries }

  /// In the order of the files.
  init(_ files: [EvidencePack.File]) { entries = files.map(Entry.init) }

  /// Canonical JSON and a newline.
  var bytes: [UInt8] { json.canonicalBytes + [0x0A] }

  /// What it says otherwise than a manifest of the files that are there. At least one sentence,
  /// for one whose bytes are not those of that manifest.
  func differences(from found: PackManifest) -> [String] {
    var differences: [String] = []
    var listed: [ByteName: Entry] = [:]
    for entry in entries { listed[ByteName(entry.path)] = entry }
    for file in found.entries {
      guard let entry = listed.removeValue(forKey: ByteName(file.path)) else {
        differences.append("\(file.path) is not in the manifest")
        continue
      }
      if entry.byteCount != file.byteCount {
        differences.append("\(file.path) has \(file.byteCount) bytes, not as the manifest says")
      } else if entry.digest != file.digest {
        differences.append("\(file.path) has another SHA-256 than the manifest says")
      }
    }
    differences += listed.keys.sorted().map { "\($0.text) is in the manifest and missing here" }
    return differences.isEmpty
      ? ["\(EvidencePack.Name.manifest) is not written as a manifest of these files is"]
      : differences
  }
}
