// Searches YAML for tags that make Python objects and for targets that run code.
//
// Source: PyYAML's full and unsafe loaders import and call what `!!python/object/apply:`,
// `!!python/name:` and their kin name; Hydra, OmegaConf and NeMo import and call what stands under
// `_target_`.
//
// Promises: total and linear. Tags of plain values (`!!python/tuple`) call nothing and are no
// finding, nor are targets that only compute.

import Base

enum YAMLScan {
  private static let findingsMax = 16
  static let bytesMax = 64 << 20

  /// Tags of PyYAML for values of Python that have nothing to call.
  private static let plainTags: Set<String> = [
    "tuple", "str", "unicode", "none", "bool", "int", "long", "float", "complex", "list", "dict",
    "bytes",
  ]

  /// What a document names. `place` names the file; `firstLine` is the line it begins on there.
  static func findings(in text: [UInt8], place: String, firstLine: Int = 1) -> [Finding] {
    guard let events = YAMLReader.events(in: text, firstLine: firstLine) else {
      return [
        Finding(
          id: "file.unread", severity: .warning,
          message: "the document has more values than are searched for code", place: place)
      ]
    }
    return Array((tags(in: events, place) + targets(in: events, place)).prefix(findingsMax))
  }

  /// The same for the front matter of a Markdown file.
  static func findings(inMarkdown bytes: RawSpan, place: String) -> [Finding] {
    guard let front = frontMatter(of: bytes) else { return [] }
    guard front.count <= bytesMax else {
      return [
        Finding(
          id: "file.unread", severity: .warning,
          message: "not read: a front matter of \(front.count) bytes", place: place)
      ]
    }
    let text = bytes.copy(from: front.lowerBound, atMost: front.count)
    return findings(in: text, place: place, firstLine: 2)
  }

  /// Where the front matter of a Markdown file stands, without its fences; nil if it has none.
  private static func frontMatter(of bytes: RawSpan) -> Range<Int>? {
    /// The end of the line at `start` with its break, and whether it is a fence.
    func line(_ start: Int) -> (end: Int, isFence: Bool) {
      let end = bytes.firstIndex(of: [0x0A], in: start..<bytes.byteCount) ?? bytes.byteCount
      let isFence =
        bytes.has("---", at: start) && end - start < 256
        && bytes.copy(from: start + 3, atMost: max(0, end - start - 3)).allSatisfy { $0 <= 0x20 }
      return (min(bytes.byteCount, end + 1), isFence)
    }
    let first = line(bytes.has([0xEF, 0xBB, 0xBF]) ? 3 : 0)
    guard first.isFence else { return nil }
    var place = first.end
    while place < bytes.byteCount {
      let next = line(place)
      if next.isFence { break }
      place = next.end
    }
    return first.end..<place
  }

  /// Whether a text of any length could hold a tag of Python or a target, for one that is not
  /// parsed: with anything that such a name could be spelled with.
  static func mayName(_ bytes: RawSpan) -> Bool {
    ["!!", "!<", "%TAG", "_target_", "\\x", "\\u", "\\U"].contains { bytes.contains($0) }
  }

  // MARK: Tags

  private static func tags(in events: [YAMLEvent], _ place: String) -> [Finding] {
    events.compactMap { event in
      guard case .tag(let tag) = event.kind else { return nil }
      let prefix = "tag:yaml.org,2002:python/"
      guard tag.hasPrefix(prefix) else { return nil }
      let name = tag.dropFirst(prefix.count)
      guard !plainTags.contains(String(name)) else { return nil }
      return Finding(
        id: "yaml.tag", severity: .error,
        message: "the tag `!!python/\(name.prefix(120))` names a part of Python that a loader of "
          + "YAML imports, and may call",
        place: "\(place), line \(event.line)")
    }
  }

  // MARK: Targets

  private static func targets(in events: [YAMLEvent], _ place: String) -> [Finding] {
    var findings: [Finding] = []
    let values = anchors(in: events)
    var isInterpolated = false
    for (index, event) in events.enumerated() where event.kind == .key("_target_") {
      guard let target = value(after: index, events, values) else { continue }
      isInterpolated = isInterpolated || target.contains("${")
      if let finding = finding(target, line: event.line, place) { findings.append(finding) }
    }
    // What a target takes from elsewhere in the document may be any text there, and what some
    // targets look up is named beside them.
    let isIndirect = isInterpolated || findings.isEmpty && hasLookup(events, values)
    for event in events where isIndirect {
      guard case .scalar(let text) = event.kind, text.contains("."),
        let finding = finding(text, line: event.line, place)
      else { continue }
      findings.append(finding)
    }
    return findings
  }

  private static func anchors(in events: [YAMLEvent]) -> [String: String] {
    var values: [String: String] = [:]
    for (event, next) in zip(events, events.dropFirst()) {
      if case .anchor(let name) = event.kind, case .scalar(let text) = next.kind {
        values[name] = text
      }
    }
    return values
  }

  /// The scalar that stands under a key.
  private static func value(
    after index: Int, _ events: [YAMLEvent], _ anchors: [String: String]
  ) -> String? {
    for event in events[(index + 1)...].prefix(4) {
      switch event.kind {
      case .scalar(let text): return text
      case .alias(let name): return anchors[name]
      case .key: return nil
      case .tag, .anchor: continue
      }
    }
    return nil
  }

  private static func hasLookup(_ events: [YAMLEvent], _ anchors: [String: String]) -> Bool {
    events.indices.contains {
      events[$0].kind == .key("_target_")
        && value(after: $0, events, anchors).map(ConfigTarget.looksUp) == true
    }
  }

  private static func finding(_ target: String, line: Int, _ place: String) -> Finding? {
    ConfigTarget.runsCode(target)
      ? ConfigTarget.finding(target, place: "\(place), line \(line)") : nil
  }
}
