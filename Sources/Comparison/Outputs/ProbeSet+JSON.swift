// Probes as JSON lines: {"text":…[,"id":…,"domain":…]}, of which only the text is used.

import Base

extension ProbeSet {
  /// Reads JSON lines. Throws `malformed` naming the line.
  public init(jsonLines bytes: [UInt8], file: String) throws(Problem) {
    var texts: [[UInt8]] = []
    for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
      .enumerated() where !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D })
    {
      let place = "\(file):\(number + 1)"
      let json: JSON
      do throws(JSONError) { json = try JSON.parse(Array(line)) } catch {
        throw error.problem(file: place)
      }
      guard let text = json["text"]?.string, !text.isEmpty else {
        throw Problem(
          .malformed, "bad_probe", place: place, reason: "a probe needs a \"text\"",
          remedy: #"write one {"text":"…"} a line"#)
      }
      texts.append(Self.cut(Array(text.utf8)))
    }
    guard (Self.documentsMin...Self.documentsMax).contains(texts.count) else {
      throw Problem(
        .malformed, "bad_probes", place: file,
        reason: "\(texts.count) documents; \(Self.documentsMin) to \(Self.documentsMax) are wanted",
        remedy: "give more documents, or split the file")
    }
    self.init(documents: texts)
  }

  /// The texts as they are used, one a line; reading them again gives the same set.
  var lines: [UInt8] {
    documents.flatMap { text in
      JSON.object(["text": .string(String(decoding: text, as: UTF8.self))]).canonicalBytes + [0x0A]
    }
  }
}
