import Foundation

/// The repository, and its sources.
let repository = URL(filePath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
let sources = repository.appending(path: "Sources")

/// A line of a source file, with where it stands.
struct Line {
  let place: String, path: String, file: String, number: Int, text: String
}

/// The lines of a target, below `Sources` or, for a target of tests, below `Tests`.
func lines(of target: String, below root: String = "Sources") throws -> [Line] {
  let folder = repository.appending(path: root).appending(path: target)
  let paths =
    FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
  return try paths.filter { $0.hasSuffix(".swift") }.sorted().flatMap { path -> [Line] in
    let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
    // The newline at the end of a file begins no line.
    let whole = text.hasSuffix("\n") ? text.dropLast() : text[...]
    return whole.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map {
      Line(
        place: "\(root)/\(target)/\(path):\($0 + 1)",
        path: path,
        file: URL(filePath: path).lastPathComponent,
        number: $0 + 1,
        text: String($1)
      )
    }
  }
}

/// Whether code uses a banned word: "print(" is not meant by "fingerprint(".
func uses(_ code: Substring, _ word: String) -> Bool {
  code.ranges(of: word).contains { range in
    range.lowerBound == code.startIndex || !code[code.index(before: range.lowerBound)].isLetter
  }
}

/// `import X`, `public import X`, `@testable import struct X.Y`: the module is `X`.
func importedModule(_ line: String) -> String? {
  let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
  guard let index = words.firstIndex(of: "import"), index + 1 < words.count else { return nil }
  guard words[..<index].allSatisfy({ $0.hasPrefix("@") || modifiers.contains($0) }) else {
    return nil
  }
  let kinds: Set<Substring> = [
    "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
  ]
  let name =
    kinds.contains(words[index + 1]) && index + 2 < words.count
    ? words[index + 2] : words[index + 1]
  return name.split(separator: ".").first.map(String.init)
}

let modifiers: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
