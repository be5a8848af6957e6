// Blobs named by their content, and the descriptors of a manifest that name them: what Ollama's
// store and OCI layouts have in common.
//
// Format: https://github.com/opencontainers/image-spec/blob/main/descriptor.md
// Promises: a digest is `sha256:` and 64 small hexadecimal digits, so that a descriptor never is a
// path; a blob that is a link out of the store is refused.

import Base

/// A descriptor.
struct ContentDescriptor {
  let mediaType: String
  let claim: BlobClaim
  let annotations: JSONObject
  /// Where it stands, for messages.
  let place: String

  private static let byteCountMax = 1 << 50

  init(_ json: JSON, place: String) throws(Problem) {
    self.place = place
    guard let size = json["size"]?.int, (0...Self.byteCountMax).contains(size) else {
      throw badManifest(place + "/size", "a number of bytes is needed")
    }
    guard let digest = json["digest"]?.string,
      let claim = BlobClaim(tagged: digest, byteCount: size)
    else {
      throw badManifest(
        place + "/digest", "sha256: and 64 small hexadecimal digits are needed")
    }
    mediaType = json["mediaType"]?.string ?? ""
    self.claim = claim
    annotations = json["annotations"]?.object ?? [:]
  }
}

/// Where blobs lie.
struct ContentStore {
  /// With every link resolved.
  let root: String
  /// Before the digits of a digest, below the root: `blobs/sha256-`, `blobs/sha256/`.
  let start: String

  static let manifestBytesMax = 16 << 20

  /// The blob's path. Throws `missing_blob`, `link_outside`.
  func location(of descriptor: ContentDescriptor) throws(Problem) -> String {
    let path = FileSystem.join(root, start + descriptor.claim.hex)
    return try InnerLink(root: root).file(at: path, place: descriptor.place)
  }

  func file(_ descriptor: ContentDescriptor, named name: String) throws(Problem) -> ModelFile {
    ModelFile(name: name, location: try location(of: descriptor), claim: descriptor.claim)
  }

  /// A JSON document of the store.
  static func document(_ path: String) throws(Problem) -> JSON {
    let bytes = try FileSystem.read(path, limitBytes: manifestBytesMax)
    do { return try JSON.parse(bytes) } catch { throw error.problem(file: path) }
  }
}

/// The problem of a manifest.
func badManifest(_ place: String, _ reason: String) -> Problem {
  Problem(
    .malformed, "bad_manifest", place: place, reason: reason,
    remedy: "get the model again; its manifest is damaged")
}
