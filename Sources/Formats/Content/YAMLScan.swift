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
  static func findings(inMarkdown text: [UInt8], place: String) -> [Finding] {
    let start = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var lines = text[start...].split(separator: 0x0A, omittingEmptySubsequences: false)[...]
    func isFence(_ line: ArraySlice<UInt8>) -> Bool {
      line.prefix(3).elementsEqual("---".utf8) && line.dropFirst(3).allSatisfy { $0 <= 0x20 }
    }
    guard lines.popFirst().map(isFence) == true else { return [] }
    let front = lines.prefix { !isFence($0) }
    return findings(in: Array(front.joined(separator: [0x0A])), place: place, firstLine: 2)
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
