// Searches the code of a TorchScript archive for built-in functions that read or write files or
// load native code.
//
// Format: the members below `code/` of an archive of `torch.jit.save`: a subset of Python in which
// PyTorch's functions are called as `torch.NAME(…)` or `ops.NAMESPACE.NAME(…)`. Loading the archive
// does not run it, calling the model does; no Python is reached.

import Base

enum TorchScriptScan {
  /// Functions of PyTorch itself.
  private static let builtins: Set<String> = ["from_file", "save", "load", "load_library"]
  /// Functions of any namespace.
  private static let operations: Set<String> = ["load_library", "from_file", "write_file"]
  private static let findingsMax = 16

  /// Whether a member of an archive holds TorchScript code, by its name.
  static func isCode(member name: String) -> Bool {
    let parts = name.split(separator: "/")
    return parts.dropLast().contains("code") && name.hasSuffix(".py")
  }

  /// What a member's code calls. `place` names the member.
  static func findings(in code: [UInt8], place: String) -> [Finding] {
    var reader = DottedNameReader(code)
    var findings: [Finding] = []
    while let (path, line) = reader.next(), findings.count < findingsMax {
      guard let called = builtin(path) else { continue }
      findings.append(
        Finding(
          id: "torchscript.builtin", severity: .error,
          message: "the code calls `\(called)`, which \(effect(path[path.count - 1])) when the "
            + "model runs",
          place: "\(place), line \(line)"))
    }
    return findings
  }

  private static func builtin(_ path: [String]) -> String? {
    guard let name = path.last, path.count >= 2 else { return nil }
    let isTorch = path[path.count - 2] == "torch" || path[path.count - 2] == "aten"
    if isTorch, path.count <= 4, builtins.contains(name) { return path.joined(separator: ".") }
    guard path.contains("ops"), operations.contains(name) else { return nil }
    return path.joined(separator: ".")
  }

  private static func effect(_ name: String) -> String {
    switch name {
    case "save", "write_file": "writes files"
    case "load_library": "loads native code"
    default: "reads files"
    }
  }
}

/// The dotted names of Python code that are called, comments and strings left out.
private struct DottedNameReader {
  private let code: [UInt8]
  private var place = 0
  private var line = 1

  init(_ code: [UInt8]) { self.code = code }

  private func byte(_ ahead: Int = 0) -> UInt8 {
    place + ahead < code.count ? code[place + ahead] : 0
  }

  private mutating func step() {
    if byte() == 0x0A { line += 1 }
    place += 1
  }

  /// The next name that is followed by an opening parenthesis.
  mutating func next() -> (path: [String], line: Int)? {
    while place < code.count {
      switch byte() {
      case UInt8(ascii: "#"): while place < code.count, byte() != 0x0A { step() }
      case UInt8(ascii: "\""), UInt8(ascii: "'"): string()
      case _ where isNameByte(byte()):
        let start = line
        let path = path()
        if byte() == UInt8(ascii: "(") { return (path, start) }
      default: step()
      }
    }
    return nil
  }

  private mutating func path() -> [String] {
    var path: [String] = []
    while true {
      let start = place
      while isNameByte(byte()) { step() }
      path.append(String(decoding: code[start..<place], as: UTF8.self))
      blanks()
      guard byte() == UInt8(ascii: ".") else { return path }
      step()
      blanks()
      guard isNameByte(byte()) else { return path }
    }
  }

  private mutating func blanks() {
    while place < code.count, byte() <= 0x20 || (byte() == UInt8(ascii: "\\") && byte(1) == 0x0A) {
      step()
    }
  }

  private mutating func string() {
    let quote = byte()
    let isLong = byte(1) == quote && byte(2) == quote
    for _ in 0..<(isLong ? 3 : 1) { step() }
    while place < code.count {
      if byte() == UInt8(ascii: "\\") {
        step()
      } else if byte() == quote, !isLong || (byte(1) == quote && byte(2) == quote) {
        for _ in 0..<(isLong ? 3 : 1) { step() }
        return
      } else if byte() == 0x0A, !isLong {
        return
      }
      step()
    }
  }

  private func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), 0x80...: true
    default: false
    }
  }
}
