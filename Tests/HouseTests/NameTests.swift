import Foundation
import Testing

/// Goal: a reader finds a type by its name, a command by the overview, and a function's end on the
/// same page. Method: the sources as lines; swift-format has put each closing brace under the
/// beginning of its declaration.
@Suite("Names and lengths")
struct NameTests {
  /// Folders in which files are still named otherwise than their types. This list may only shrink:
  /// a folder that is clean must leave it.
  static let unclean: Set<String> = ["Inference/Architectures", "assay-bench"]
  static let functionLinesMax = 70

  @Test("a file bears the name of a type that it declares or extends, or of its command")
  func files() throws {
    var clean = Self.unclean
    for target in HouseTests.allowed.map(\.target) + ["assay-bench"] {
      let files = Dictionary(grouping: try lines(of: target), by: \.path)
      for (path, lines) in files {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let stem = String(name.prefix { $0 != "+" && $0 != "." })
        // The face of a module, and the entry of a program, need no type.
        if stem == target || stem == "main" { continue }
        if lines.contains(where: { declares($0.text, stem) }) { continue }
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        let place = folder.isEmpty ? target : target + "/" + folder
        clean.remove(place)
        #expect(
          Self.unclean.contains(place), "Sources/\(target)/\(path): no type here is called \(stem)")
      }
    }
    #expect(clean.isEmpty, "\(clean.sorted()) are clean: take them out of the list")
  }

  @Test("a command that is written is one that can be called")
  func commands() throws {
    let all = try lines(of: "CLI")
    for line in all {
      guard let name = declaredCommand(line.text) else { continue }
      let isUsed = all.contains {
        $0.place != line.place && mentions($0.text, name)
      }
      #expect(isUsed, "\(line.place): \(name) is in no list of commands; register it or delete it")
    }
  }

  @Test("a function ends within seventy lines")
  func functions() throws {
    for target in HouseTests.allowed.map(\.target) + ["assay-bench"] {
      for (_, lines) in Dictionary(grouping: try lines(of: target), by: \.path) {
        for (index, line) in lines.enumerated() where isFunction(line.text) {
          let end = lines[index...].dropFirst().firstIndex { closes($0.text, line.text) } ?? index
          let count = lines[end].text.hasSuffix("}") ? end - index + 1 : 1
          #expect(
            count <= Self.functionLinesMax, "\(line.place): \(count) lines; give its parts names")
        }
      }
    }
  }
}

// MARK: Reading declarations

private let adjectives: Set<Substring> = [
  "public", "package", "private", "fileprivate", "internal", "final", "indirect", "nonisolated",
  "static", "class", "override", "mutating", "convenience", "required",
]
private let kinds: Set<Substring> = [
  "struct", "class", "enum", "protocol", "actor", "typealias", "extension",
]

/// The words of a line behind attributes and adjectives; `class` stands for itself before a name.
private func bareWords(_ line: String) -> ArraySlice<Substring> {
  let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
  let first = words.indices.first { index in
    let word = words[index]
    if word == "class", index + 1 < words.count, words[index + 1].first?.isUppercase == true {
      return true
    }
    return !word.hasPrefix("@") && !adjectives.contains(word)
  }
  return words[(first ?? words.endIndex)...]
}

/// The types that a line declares or extends: of `extension A.B`, both `A.B` and `B`.
private func declaredTypes(_ line: String) -> [String] {
  let words = bareWords(line).prefix(2)
  guard words.count == 2, let kind = words.first, kinds.contains(kind), let rest = words.last else {
    return []
  }
  let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
  return [String(name), name.split(separator: ".").last.map(String.init) ?? ""]
}

private func isFunction(_ line: String) -> Bool {
  guard let word = bareWords(line).first else { return false }
  return word == "func" || ["init(", "init?(", "init<"].contains { word.hasPrefix($0) }
}

/// Whether a line ends a declaration: its brace, or the next thing at its depth.
private func closes(_ line: String, _ declaration: String) -> Bool {
  func depth(_ text: String) -> Int { text.prefix { $0 == " " }.count }
  guard !line.isEmpty, depth(line) <= depth(declaration) else { return false }
  let text = line.drop { $0 == " " }
  return ![")", "->", "where", "{"].contains { text.hasPrefix($0) }
}

/// The command that a line of the outermost level makes, or the list of commands.
private func declaredCommand(_ line: String) -> String? {
  let words = bareWords(line)
  guard !line.hasPrefix(" "), words.first == "let", words.count > 2 else { return nil }
  let name = words[words.startIndex + 1].prefix { $0.isLetter }
  return name.hasSuffix("Command") || name.hasSuffix("Commands") ? String(name) : nil
}

/// Whether a line declares or extends a type of this name, or makes the command or a list of
/// commands that is called so: `LedgerVerify` for `ledgerVerifyCommand`, `PanelCommands` for
/// `panelAddCommand`.
private func declares(_ line: String, _ name: String) -> Bool {
  if declaredTypes(line).contains(name) { return true }
  guard let command = declaredCommand(line)?.lowercased() else { return false }
  let name = name.lowercased()
  return [name, name + "command"].contains(command)
    || name.hasSuffix("commands") && command.hasPrefix(name.dropLast("commands".count))
}

private func mentions(_ line: String, _ name: String) -> Bool {
  line.ranges(of: name).contains { range in
    let before = line[..<range.lowerBound].last
    let after = line[range.upperBound...].first
    return before?.isLetter != true && after?.isLetter != true && after?.isNumber != true
  }
}
