// HTML, SVG and XML that run something when they are opened: scripts, handlers of events, links of
// the kind `javascript:`, style sheets that are programs.

import Base

enum MarkupLook {
  /// What is active in a document; nil if nothing is, or if it is no markup.
  static func activeContent(of bytes: RawSpan, _ place: ContentPlace) -> String? {
    guard isMarkup(bytes, place) else { return nil }
    let whole = 0..<bytes.byteCount
    for (mark, what) in marks where bytes.containsIgnoringCase(mark, in: whole) { return what }
    return hasHandler(bytes, whole) ? "a handler of an event" : nil
  }

  private static let marks = [
    ("<script", "a script"), ("<svg:script", "a script"),
    ("\"javascript:", "a link that runs a script"), ("'javascript:", "a link that runs a script"),
    ("=javascript:", "a link that runs a script"), ("\"vbscript:", "a link that runs a script"),
    ("type=\"text/xsl\"", "a style sheet that runs"),
  ]

  /// Markup by its beginning, or by its name if it begins with a tag.
  private static func isMarkup(_ bytes: RawSpan, _ place: ContentPlace) -> Bool {
    var start = bytes.has([0xEF, 0xBB, 0xBF]) ? 3 : 0
    while let byte = bytes.byte(start), [0x20, 0x09, 0x0A, 0x0D].contains(byte) { start += 1 }
    let name = place.lowerName
    if [".html", ".htm", ".xhtml", ".svg", ".mht", ".mhtml", ".hta"].contains(where: name.hasSuffix)
    {
      return true
    }
    guard bytes.byte(start) == UInt8(ascii: "<") else { return false }
    let head = start..<min(bytes.byteCount, start + 1024)
    return ["<!doctype html", "<html", "<svg", "<head", "<body", "<script"].contains {
      bytes.containsIgnoringCase($0, in: head)
    } || bytes.containsIgnoringCase("<?xml", in: start..<(start + 8))
  }

  /// Names of events as attributes, or what they begin with.
  private static let events = [
    "load", "unload", "click", "dblclick", "error", "mouse", "focus", "blur", "begin", "key",
    "change", "submit", "toggle", "pointer", "touch", "wheel", "scroll", "animation", "transition",
    "repeat", "beforeunload", "hashchange", "message", "resize", "input", "drag", "drop", "copy",
    "cut", "paste", "play", "activate", "abort", "pageshow", "popstate", "select", "show",
  ]

  /// An attribute that is the handler of an event: `on`, its name, an equals sign.
  private static func hasHandler(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
    var place = range.lowerBound
    while place < range.upperBound {
      guard let equals = bytes.firstIndex(of: [UInt8(ascii: "=")], in: place..<range.upperBound)
      else { return false }
      place = equals + 1
      var end = equals
      while let byte = bytes.byte(end - 1), [0x20, 0x09, 0x0A, 0x0D].contains(byte) { end -= 1 }
      var start = end
      while let byte = bytes.byte(start - 1), end - start < 24, isLetter(byte) { start -= 1 }
      let name = String(decoding: bytes.copy(from: start, atMost: end - start), as: UTF8.self)
        .lowercased()
      guard name.hasPrefix("on"), let before = bytes.byte(start - 1),
        [0x20, 0x09, 0x0A, 0x0D, 0x22, 0x27, 0x2F].contains(before)
      else { continue }
      if events.contains(where: name.dropFirst(2).hasPrefix) { return true }
    }
    return false
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }
}
