// How wide the lines for people may be.
//
// Promises: between 40 and 100 columns. A terminal says it itself; elsewhere COLUMNS does, and
// where nothing does there are 80.

import Base
import Glibc

enum TerminalWidth {
  /// The width of what reads standard output.
  static func ofStandardOutput() -> Int {
    columns(terminal: asked(), variable: FileSystem.environment("COLUMNS"))
  }

  /// The width to keep to.
  /// - Parameters:
  ///   - terminal: What the terminal says; nil if there is none, 0 if it does not know.
  ///   - variable: What `COLUMNS` says.
  static func columns(terminal: Int?, variable: String?) -> Int {
    let known = [terminal, variable.flatMap { Int($0) }].compactMap(\.self).first { $0 > 0 }
    let range = WrappedText.columnsRange
    return min(max(known ?? WrappedText.columns, range.lowerBound), range.upperBound)
  }

  private static func asked() -> Int? {
    guard isatty(1) == 1 else { return nil }
    var size = winsize()
    let status = unsafe ioctl(1, UInt(TIOCGWINSZ), &size)
    return status == 0 ? Int(size.ws_col) : nil
  }
}
