// Text: what of it is code, what a browser or a viewer would run, and what loaders are told by it.

import Base

extension ContentLook {
  mutating func lookAtText(_ bytes: RawSpan, _ text: PlainText, _ place: ContentPlace) {
    if text == .utf16 { return lookAtWideText(bytes, place) }
    if lookForBarePickle(bytes, isText: true, place) { return }
    noteConfiguration(bytes, place)
    scanText(bytes, place)
    if let kind = MarkupLook.activeContent(of: bytes, place) {
      add(
        "code.present", .warning, "a document that runs something when it is opened: \(kind)", place
      )
    } else if let kind = SourceCode.kind(of: bytes, place) {
      if kind == .python {
        code.note(python: PythonSource(bytes), at: place)
        if bytes.byteCount > PythonSource.bytesMax {
          unread("source code of \(bytes.byteCount) bytes", place)
        }
      }
      add("code.present", .note, "source code: \(kind.rawValue); nothing here loads it", place)
    } else if isNotebook(bytes, place) {
      add("code.present", .note, "a notebook with cells of code; nothing here runs it", place)
    }
  }

  /// Text in UTF-16 is looked at as what it says: readers of YAML and HTML understand it.
  private mutating func lookAtWideText(_ bytes: RawSpan, _ place: ContentPlace) {
    guard bytes.byteCount <= ContentLimits.textBytesMax else {
      return unread("text in UTF-16 of \(bytes.byteCount) bytes", place)
    }
    let narrow = PlainText.narrowed(bytes)
    unsafe lookAtText(narrow.span.bytes, .utf8, place)
  }

  private func isNotebook(_ bytes: RawSpan, _ place: ContentPlace) -> Bool {
    place.lowerName.hasSuffix(".ipynb")
      || (bytes.byte(0) == UInt8(ascii: "{") && bytes.contains("\"nbformat\"", limit: 16 << 20)
        && bytes.contains("\"cells\"", limit: 16 << 20))
  }

  /// What a configuration makes loaders run.
  private mutating func noteConfiguration(_ bytes: RawSpan, _ place: ContentPlace) {
    let name = place.lowerName
    let isJSON = name.hasSuffix(".json") && LoaderConfiguration.mayName(bytes, name)
    guard isJSON || name == "config.pbtxt" || name == "mlmodel" else { return }
    guard bytes.byteCount <= FileSafety.configurationBytesMax else {
      return unread("a configuration of \(bytes.byteCount) bytes", place)
    }
    switch name {
    case "config.pbtxt": code.note(LoaderConfiguration.triton(bytes, place))
    case "mlmodel": code.note(LoaderConfiguration.mlflow(bytes, place))
    default:
      guard let document = try? JSON.parse(bytes.copy(), run: budget.run) else {
        if bytes.contains("auto_map") {
          add(
            "code.loaded", .warning,
            "names code to run with the model (auto_map), in a form that cannot be read", place)
        } else {
          unread("a configuration that may name code and is not strict JSON", place)
        }
        return
      }
      code.note(LoaderConfiguration.json(document, place))
    }
  }
}
