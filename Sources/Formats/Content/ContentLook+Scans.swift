// What known kinds of files name that a loader would run: templates, configurations of Keras, YAML
// tags, targets, graphs. The scans themselves know nothing of files; here is where each is asked.

import Base

extension ContentLook {
  /// Endings of files that are read as YAML.
  private static let yamlEndings = [".yaml", ".yml"]
  private static let settingsEndings = [".cfg", ".conf", ".config", ".hparams"]
  private static let templateConfigurations: Set<String> = [
    "tokenizer_config.json", "chat_template.json", "processor_config.json", "config.json",
  ]

  /// Text, by what its name and its first bytes promise.
  mutating func scanText(_ bytes: RawSpan, _ place: ContentPlace) {
    let name = place.lowerName
    if name.hasSuffix(".jinja") || name.hasSuffix(".jinja2") || name.hasSuffix(".j2") {
      scanTemplate(bytes, place)
    } else if name.hasSuffix(".md") || name.hasSuffix(".markdown") {
      add(YAMLScan.findings(inMarkdown: bytes, place: place.text))
    } else if Self.yamlEndings.contains(where: name.hasSuffix) {
      scanYAML(bytes, isNamed: true, place)
    } else if isJSON(bytes) {
      scanJSON(bytes, place)
    } else if Self.settingsEndings.contains(where: name.hasSuffix) || !name.contains(".") {
      scanYAML(bytes, isNamed: false, place)
    } else if mayBeGraph(bytes) {
      scanGraph(bytes, place)
    }
  }

  private func isJSON(_ bytes: RawSpan) -> Bool {
    let first = bytes.copy(atMost: 64).first { $0 > 0x20 }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }

  // MARK: Templates

  private mutating func scanTemplate(_ bytes: RawSpan, _ place: ContentPlace) {
    guard bytes.byteCount <= FileSafety.templateBytesMax else {
      return unread("a template of \(bytes.byteCount) bytes", place)
    }
    add(ChatTemplateScan.findings(in: bytes.copy(), place: place.text))
  }

  /// The templates in the metadata of a GGUF file.
  mutating func scanTemplates(in metadata: [ByteName: GGUFValue], _ place: ContentPlace) {
    for (key, value) in metadata where key.hasPrefix("tokenizer.chat_template") {
      guard let text = value.bytes else { continue }
      add(
        ChatTemplateScan.findings(
          in: text, place: "\(place.text): metadata key \(key.quoted)"))
    }
  }

  // MARK: JSON

  private mutating func scanJSON(_ bytes: RawSpan, _ place: ContentPlace) {
    let isConfiguration = Self.templateConfigurations.contains(place.lowerName)
    // The words may be spelled with escapes of their letters.
    let words = [
      "class_name", "_target_", "chat_template", "\\u004", "\\u005", "\\u006", "\\u007",
    ]
    guard isConfiguration || words.contains(where: { bytes.contains($0) }) else { return }
    guard bytes.byteCount <= FileSafety.configurationBytesMax else {
      return unread("a configuration of \(bytes.byteCount) bytes", place)
    }
    let text = bytes.copy()
    let document: JSON
    do { document = try JSON.parse(text, run: budget.run) } catch {
      guard !budget.run.isCancelled else { return }
      scanLooseJSON(text, isConfiguration: isConfiguration, error, place)
      return
    }
    if KerasScan.isLikely(document) { add(KerasScan.findings(in: document, place: place.text)) }
    add(ConfigTarget.findings(in: document, place: place.text))
    for (key, template) in Self.templates(in: document["chat_template"]) {
      add(
        ChatTemplateScan.findings(
          in: Array(template.utf8), place: "\(place.text): chat_template\(key)"))
    }
  }

  /// JSON that loaders may read and this reader does not.
  private mutating func scanLooseJSON(
    _ text: [UInt8], isConfiguration: Bool, _ error: JSONError, _ place: ContentPlace
  ) {
    if unsafe text.span.bytes.contains("\"config\"") {
      add(KerasWords.findings(in: text, place: place.text))
    }
    // YAML knows brackets and quotes too.
    add(YAMLScan.findings(in: text, place: place.text).filter { $0.severity == .error })
    guard isConfiguration else { return }
    for word in JSONWords.all(of: text) where word.contains("{{") || word.contains("{%") {
      add(ChatTemplateScan.findings(in: Array(word.utf8), place: place.text))
    }
    add(
      "malformed-configuration", .warning,
      "the file is not strict JSON, so it was not searched: \(error.reason) (byte "
        + "\(error.offset))", place)
  }

  /// One template, or a list of `{"name", "template"}`, or an object of named templates.
  private static func templates(in value: JSON?) -> [(key: String, template: String)] {
    if let text = value?.string { return [("", text)] }
    if let members = value?.object {
      return members.compactMap { name, member in
        member.string.map { (" \(ByteName(name).quoted)", $0) }
      }
    }
    return (value?.array ?? []).enumerated().compactMap { index, item in
      item["template"]?.string.map { ("[\(index)]", $0) }
    }
  }

  // MARK: YAML and graphs

  private mutating func scanYAML(_ bytes: RawSpan, isNamed: Bool, _ place: ContentPlace) {
    guard bytes.byteCount <= YAMLScan.bytesMax else {
      // What is called otherwise may be a text of another kind, of any length.
      if isNamed || YAMLScan.mayName(bytes) {
        unread("text of \(bytes.byteCount) bytes that may be a configuration", place)
      }
      return
    }
    add(
      YAMLScan.findings(in: bytes.copy(), place: place.text)
        .filter { isNamed || $0.severity == .error })
  }

  private func mayBeGraph(_ bytes: RawSpan) -> Bool {
    bytes.contains("node", limit: 1 << 16) || bytes.contains("graph", limit: 1 << 16)
  }

  private mutating func scanGraph(_ bytes: RawSpan, _ place: ContentPlace) {
    guard TensorFlowTextScan.isLikely(bytes.copy(atMost: 1 << 16)) else { return }
    guard bytes.byteCount <= ContentLimits.heldBytesMax else {
      return unread("a graph of \(bytes.byteCount) bytes in text form", place)
    }
    add(TensorFlowTextScan.findings(in: bytes.copy(), place: place.text))
  }

  /// Weights, for what runs when their model is loaded.
  mutating func scanWeights(_ bytes: RawSpan, _ kind: ContentKind, _ place: ContentPlace) {
    switch kind {
    case .unreadWeights(.hdf5): add(KerasScan.findings(inHDF5: bytes, place: place.text))
    case .unreadWeights(.tensorFlow):
      add(TensorFlowScan.findings(in: bytes, place: place.text))
      add(KerasScan.findings(embeddedIn: bytes, place: place.text))
    case .weights(.onnx): add(ONNXOperatorScan.findings(in: bytes, place: place.text))
    default: break
    }
  }
}
