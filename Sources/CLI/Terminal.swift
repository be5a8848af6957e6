// A person at a terminal who can be asked something.
//
// Promises: a question goes to standard error, so that standard output stays data; Ctrl-C ends the
// waiting at once; the end of the input is nil. Does not: exist where nobody sits.

import Base
import Glibc

/// Standard input and standard error, both a terminal.
struct Terminal {
  private let output: Output
  private static let lineBytesMax = 4096

  /// Throws `nobody_to_ask` if input or error is no terminal.
  static func ofPerson(_ output: Output = .standard(json: false)) throws(Problem) -> Terminal {
    guard isatty(0) == 1, isatty(2) == 1 else {
      throw Problem(
        .usage, "nobody_to_ask", reason: "nothing is said, and this is no terminal to ask at",
        remedy: "give options, or --from FILE")
    }
    return Terminal(output: output)
  }

  func say(_ lines: [String]) { for line in lines { output.warn(line) } }

  /// Shows lines and a prompt, and waits for a line. Nil: the input has ended.
  func ask(_ lines: [String]) throws(Problem) -> String? {
    say(lines)
    output.prompt("> ")
    var bytes: [UInt8] = []
    while bytes.count < Self.lineBytesMax {
      try Interrupt.check()
      guard isReadable() else { continue }
      var byte: UInt8 = 0
      let count = unsafe read(0, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1 else {
        output.note("")
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
      }
      if byte == UInt8(ascii: "\n") { break }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether something came within a fifth of a second.
  private func isReadable() -> Bool {
    var request = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&request, 1, 200) > 0
  }
}
