// `licence check` of models in stores that name their files by digest: what is read is held to the
// name it has there.

import Base
import Crypto
import TestSupport
import Testing

@Suite("licence check of a store")
struct LicenceBlobTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let weights = TinyModels.gguf(
    [TinyTensor("w", [1], f32: [1])], metadata: [("general.license", TinyModels.ggufText("mit"))])
  private static let licence = Array(TinyLicences.mit.utf8)

  /// Writes a blob, and gives what a manifest says of it. The blob holds other bytes of the same
  /// length if `altered`.
  private func blob(
    _ bytes: [UInt8], below: String, type: String, name: String?, altered: Bool
  ) throws -> JSON {
    let hex = SHA256.hash(bytes).hex
    var stored = bytes
    if altered { stored[stored.count - 2] ^= 1 }
    try folder.write(below + hex, stored)
    var layer: JSONObject = [
      "mediaType": .string(type), "size": JSON(bytes.count), "digest": .string("sha256:" + hex),
    ]
    if let name { layer["annotations"] = ["org.opencontainers.image.title": .string(name)] }
    return .object(layer)
  }

  private func ollama(altered: String?) throws -> String {
    let layers = try [("model", Self.weights), ("license", Self.licence)].map { kind, bytes in
      try blob(
        bytes, below: "blobs/sha256-", type: "application/vnd.ollama.image.\(kind)", name: nil,
        altered: altered == kind)
    }
    let manifest: JSON = ["layers": .array(layers)]
    return try folder.write("manifests/host/library/x/latest", manifest.canonicalBytes)
  }

  private func image(altered: String?) throws -> String {
    let files = [("model", "a.gguf", Self.weights), ("license", "LICENSE", Self.licence)]
    let layers = try files.map { kind, name, bytes in
      try blob(
        bytes, below: "blobs/sha256/", type: "x/y", name: name, altered: altered == kind)
    }
    let manifest = try blob(
      JSON.object(["layers": .array(layers)]).canonicalBytes, below: "blobs/sha256/",
      type: "application/vnd.oci.image.manifest.v1+json", name: nil, altered: false)
    try folder.write("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
    try folder.write(
      "index.json", JSON.object(["manifests": [manifest]]).canonicalBytes)
    return folder.path
  }

  @Test(
    "finds a blob whose bytes are not those of its digest, header or text, and no other",
    arguments: ["ollama", "image"], [nil, "model", "license"])
  func altered(store: String, altered: String?) throws {
    let path = try store == "ollama" ? ollama(altered: altered) : image(altered: altered)
    let run = try Program.run(["licence", "check", path, "--json"])
    let found = (run.json?["findings"]?.array ?? []).filter { $0["id"] == "blob_mismatch" }
    #expect(found.count == (altered == nil ? 0 : 1), "\(run.output)")
    #expect(run.code == (altered == nil ? 0 : 1), "\(run.notes)")
    if altered != nil {
      #expect(found.first?["severity"] == "error" && found.first?["place"]?.string != nil)
    }
  }
}
