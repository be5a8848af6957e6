// Searches what describes a Keras model for parts that run code when it is loaded.
//
// Format: the JSON that `model.to_json()` writes, which is also `config.json` of a .keras archive
// and the attribute `model_config` of an HDF5 file: nested `{"class_name", "config"}`, since Keras
// 3 with "module" and "registered_name". Loading calls what is named; a Lambda layer carries
// marshalled Python.
//
// Promises: total, at any nesting; JSON that is not strict is searched word by word, and that is
// a finding. Does not: read weights.

import Base

enum KerasScan {
  static let jsonBytesMax = 64 << 20
  /// How far a file is searched for the text of a configuration that was not found by structure.
  private static let searchedBytesMax = 512 << 20
  private static let findingsMax = 16

  // MARK: JSON

  /// Whether a document describes a Keras model, by its top.
  static func isLikely(_ document: JSON) -> Bool {
    guard let object = document.object else { return false }
    return (object["class_name"]?.string != nil && object["config"] != nil)
      || object["model_config"]?["class_name"] != nil
  }

  /// What a document names that Keras would call. `place` names the file.
  static func findings(in document: JSON, place: String) -> [Finding] {
    var walk = KerasWalk(place: place)
    walk.visit(document, layer: nil, depth: 0)
    return Array(walk.findings.prefix(findingsMax))
  }

  /// The same for the text of a document.
  static func findings(in text: [UInt8], place: String) -> [Finding] {
    guard
      let document = try? JSON.parse(
        text, limits: JSONLimits(depthMax: 200, byteCountMax: jsonBytesMax))
    else {
      return KerasWords.findings(in: text, place: place) + [
        Finding(
          id: "file.unread", severity: .warning,
          message: "the model's configuration is not strict JSON, so it was searched word by word",
          place: place)
      ]
    }
    return findings(in: document, place: place)
  }

  // MARK: HDF5

  static func isLikelyHDF5(_ bytes: RawSpan) -> Bool { HDF5Attributes.start(bytes) != nil }

  /// What the attributes of an HDF5 file name that Keras would call.
  static func findings(inHDF5 bytes: RawSpan, place: String) -> [Finding] {
    guard let file = HDF5Attributes(bytes) else { return [] }
    var findings: [Finding] = []
    for attribute in file.attributes
    where attribute.value.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") {
      guard holds(attribute.value, "class_name") || holds(attribute.value, "\\u") else { continue }
      let name = ByteName(bytes: attribute.name).quoted
      findings += self.findings(in: attribute.value, place: "\(place): attribute \(name)")
    }
    guard !file.isWhole else { return findings }
    let read = file.attributes.map(\.value)
    for text in configurations(in: bytes) where !read.contains(text) {
      findings += self.findings(in: text, place: place)
    }
    return Array(findings.prefix(findingsMax))
  }

  private static func holds(_ text: [UInt8], _ word: String) -> Bool {
    unsafe text.span.bytes.contains(word)
  }

  // MARK: Other containers

  /// What configurations name that stand as texts in other bytes, as in the metadata of a
  /// TensorFlow model that Keras saved.
  static func findings(embeddedIn bytes: RawSpan, place: String) -> [Finding] {
    let findings = configurations(in: bytes).flatMap { self.findings(in: $0, place: place) }
    return Array(findings.filter { $0.id != "file.unread" }.prefix(findingsMax))
  }

  /// The JSON objects in the bytes that begin with a class name, or with one not far behind.
  private static func configurations(in bytes: RawSpan) -> [[UInt8]] {
    let count = min(bytes.byteCount, searchedBytesMax)
    let word = Array("\"class_name\"".utf8)
    var texts: [[UInt8]] = []
    var place = 0
    while texts.count < 64, let found = bytes.firstIndex(of: word, in: place..<count) {
      let start = JSONStretch.start(before: found, in: bytes, within: 4096)
      let end = start.map { JSONStretch.end(from: $0, in: bytes, limit: jsonBytesMax) } ?? found
      if let start, end > found {
        texts.append(bytes.copy(from: start, atMost: end - start))
        place = end
      } else {
        place = found + word.count
      }
    }
    return texts
  }
}
