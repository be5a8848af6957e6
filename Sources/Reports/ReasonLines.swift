// The few lines in which a page says why.
//
// Promises: at least one reason, at most four, at most five printed lines; what does not fit is
// counted, with the files that nobody has named yet, and a reason that takes more than all lines
// ends with where the whole of it is.

import Base

/// Room for reasons on a page of a given width.
struct ReasonLines {
  typealias Reason = CheckReasons.Reason

  /// The width of the page.
  let columns: Int
  /// Where a reason that does not fit is told in full.
  let remainder: String

  static let indent = "  "
  private static let linesMax = 5
  private static let reasonsMax = 4
  private static let placesMax = 3

  /// The reasons that fit, each as one text that is not broken yet.
  func fitted(_ reasons: [Reason]) -> [String] {
    var unique: [Reason] = []
    for reason in reasons where !unique.contains(where: { $0.text == reason.text }) {
      unique.append(reason)
    }
    if unique.count <= Self.reasonsMax, lineCount(unique.map(\.text)) <= Self.linesMax {
      return unique.map(\.text)
    }
    for count in stride(from: min(unique.count - 1, Self.reasonsMax - 1), through: 1, by: -1) {
      for places in stride(from: Self.placesMax, through: 0, by: -1) {
        let lines = unique.prefix(count).map(\.text) + [last(unique, told: count, places: places)]
        if lineCount(lines) <= Self.linesMax { return lines }
      }
    }
    guard let first = unique.first else { return [] }
    let last = unique.count > 1 ? [last(unique, told: 1, places: 0)] : []
    return [shortened(first.text, lineCount: Self.linesMax - lineCount(last))] + last
  }

  /// "And 4 more, below: a.bin, b.bin and 1 other place."
  private func last(_ reasons: [Reason], told: Int, places: Int) -> String {
    var files: [String] = []
    for place in reasons.dropFirst(told).compactMap(\.place)
    where !files.contains(place) && !reasons.prefix(told).contains(where: { $0.place == place }) {
      files.append(place)
    }
    let count = "And \(reasons.count - told) more, below"
    guard places > 0, !files.isEmpty else { return count + "." }
    let left = files.count - places
    let others = left > 0 ? " and \(left) other \(left == 1 ? "place" : "places")" : ""
    return "\(count): \(files.prefix(places).joined(separator: ", "))\(others)."
  }

  private func lineCount(_ texts: [String]) -> Int {
    texts.reduce(0) { $0 + broken($1).count }
  }

  private func broken(_ text: String) -> [String] {
    WrappedText.lines(Self.indent + text, columns: columns)
  }

  /// As many words as `lineCount` lines hold together with where the others are.
  private func shortened(_ text: String, lineCount: Int) -> String {
    var words = text.split(separator: " ", omittingEmptySubsequences: false)
    while words.count > 1 {
      words.removeLast()
      let shorter = words.joined(separator: " ") + " … (\(remainder))"
      if broken(shorter).count <= lineCount { return shorter }
    }
    return words.joined() + " … (\(remainder))"
  }
}
