// Mappings and sequences by indentation.

import Base

struct FrontMatterReader {
  var lines: [FrontMatterLine]
  var index = 0
  var anchors: [ByteName: FrontMatterValue] = [:]
  var valueCount = 0
  var aliasedCount = 0

  init(lines: [FrontMatterLine]) { self.lines = lines }

  static func problem(_ line: Int, _ reason: String) -> Problem {
    Problem(
      .malformed, "malformed_front_matter", place: "line \(line)", reason: reason,
      remedy: "correct the YAML between the lines of ---")
  }

  mutating func document() throws(Problem) -> FrontMatterValue {
    guard let first = nextLine() else { return .map([]) }
    let value = try block(indent: first.indent, depth: 0)
    if let rest = nextLine() {
      throw Self.problem(rest.number, "this line does not belong to what stands above it")
    }
    guard case .map = value else {
      throw Self.problem(first.number, "front matter is a mapping of keys to values")
    }
    return value
  }

  /// The next line that is not blank, without consuming it.
  mutating func nextLine() -> FrontMatterLine? {
    while index < lines.count, lines[index].isBlank { index += 1 }
    return index < lines.count ? lines[index] : nil
  }

  mutating func countValue(_ line: Int) throws(Problem) {
    valueCount += 1
    guard valueCount <= FrontMatter.valueCountMax else {
      throw Self.problem(line, "more than \(FrontMatter.valueCountMax) values")
    }
  }

  /// The block that begins at the next line, which is indented by `indent`.
  mutating func block(indent: Int, depth: Int) throws(Problem) -> FrontMatterValue {
    guard let line = nextLine() else { return .null }
    guard depth <= FrontMatter.depthMax else {
      throw Self.problem(line.number, "nested deeper than \(FrontMatter.depthMax) levels")
    }
    try countValue(line.number)
    let content = Array(line.bytes[indent...])
    if content.first == 0x09 { throw Self.problem(line.number, "a tab may not indent") }
    if Self.isItem(content) { return try sequence(indent: indent, depth: depth) }
    if try key(content, line.number) != nil { return try mapping(indent: indent, depth: depth) }
    index += 1
    return try value(
      Array(content), line: line.number, parentIndent: indent - 1, depth: depth)
  }

  private static func isItem(_ content: [UInt8]) -> Bool {
    content.first == 0x2D && (content.count == 1 || content[1] == 0x20)
  }

  // MARK: Sequences

  private mutating func sequence(indent: Int, depth: Int) throws(Problem) -> FrontMatterValue {
    var values: [FrontMatterValue] = []
    while let line = nextLine(), line.indent == indent {
      let content = Array(line.bytes[indent...])
      guard Self.isItem(content) else { break }
      let rest = content.dropFirst()
      let blanks = rest.prefix { $0 == 0x20 }.count
      let inner = Array(rest.dropFirst(blanks))
      if inner.isEmpty || inner[0] == 0x23 {
        index += 1
        values.append(try below(indent, line.number, depth, allowsSameIndent: false))
        continue
      }
      let hasKey = try key(inner, line.number) != nil
      let isNested = hasKey || Self.isItem(inner)
      if isNested {
        // "- key: value" and "- - x": the rest of the line opens a block of its own.
        let innerIndent = indent + 1 + blanks
        lines[index] = FrontMatterLine(
          number: line.number, bytes: [UInt8](repeating: 0x20, count: innerIndent) + inner)
        values.append(try block(indent: innerIndent, depth: depth + 1))
      } else {
        index += 1
        values.append(
          try value(inner, line: line.number, parentIndent: indent, depth: depth + 1))
      }
    }
    return .list(values)
  }

  /// The value on the lines below a key or a dash, or null.
  private mutating func below(
    _ indent: Int, _ line: Int, _ depth: Int, allowsSameIndent: Bool
  ) throws(Problem) -> FrontMatterValue {
    guard let next = nextLine() else { return .null }
    if next.indent > indent { return try block(indent: next.indent, depth: depth + 1) }
    if allowsSameIndent, next.indent == indent, Self.isItem(Array(next.bytes[indent...])) {
      return try block(indent: indent, depth: depth + 1)
    }
    return .null
  }

  // MARK: Mappings

  private mutating func mapping(indent: Int, depth: Int) throws(Problem) -> FrontMatterValue {
    var members: [FrontMatterValue.Member] = []
    var merged: [FrontMatterValue.Member] = []
    var seen: Set<ByteName> = []
    while let line = nextLine(), line.indent == indent {
      let content = Array(line.bytes[indent...])
      guard let (name, rest) = try key(content, line.number) else {
        throw Self.problem(line.number, "a key and a colon are wanted here")
      }
      guard seen.insert(ByteName(name)).inserted else {
        throw Self.problem(line.number, "the key \"\(name)\" stands twice")
      }
      index += 1
      let value: FrontMatterValue
      if rest.isEmpty || rest[0] == 0x23 {
        value = try below(indent, line.number, depth, allowsSameIndent: true)
      } else {
        value = try self.value(rest, line: line.number, parentIndent: indent, depth: depth + 1)
      }
      if name == "<<" {
        merged += try mergedMembers(value, line.number)
      } else {
        members.append(FrontMatterValue.Member(key: name, value: value))
      }
    }
    for member in merged where seen.insert(ByteName(member.key)).inserted { members.append(member) }
    return .map(members)
  }

  private func mergedMembers(
    _ value: FrontMatterValue, _ line: Int
  ) throws(Problem) -> [FrontMatterValue.Member] {
    switch value {
    case .map(let members): return members
    case .list(let values):
      var all: [FrontMatterValue.Member] = []
      for case .map(let members) in values { all += members }
      return all
    case .null, .text: throw Self.problem(line, "only a mapping can be merged")
    }
  }

  /// The key of a line and what follows its colon, or nil if the line has none.
  private func key(
    _ content: [UInt8], _ line: Int
  ) throws(Problem) -> (name: String, rest: [UInt8])? {
    guard let first = content.first else { return nil }
    if first == 0x3F, content.count == 1 || content[1] == 0x20 {
      throw Self.problem(line, "complex keys are not read")
    }
    if first == 0x5B || first == 0x7B || first == 0x7C || first == 0x3E { return nil }
    var place = 0
    var name: String
    if first == 0x22 || first == 0x27 {
      guard let (text, end) = try quoted(content, 0, line) else { return nil }
      name = text
      place = end
      while place < content.count, content[place] == 0x20 { place += 1 }
      guard place < content.count, content[place] == 0x3A else { return nil }
    } else {
      while place < content.count, !isColon(content, place) {
        if content[place] == 0x23, place > 0, content[place - 1] == 0x20 { return nil }
        place += 1
      }
      guard place < content.count else { return nil }
      name = try text(content[..<place], line)
    }
    if name.hasPrefix("&") || name.hasPrefix("*") {
      throw Self.problem(line, "an anchor or an alias may not be a key")
    }
    let rest = content[(place + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
    guard rest.isEmpty || place + 1 < content.count else { return nil }
    while name.hasSuffix(" ") { name.removeLast() }
    return (name, Array(rest))
  }

  private func isColon(_ content: [UInt8], _ place: Int) -> Bool {
    guard content[place] == 0x3A else { return false }
    return place + 1 == content.count || content[place + 1] == 0x20 || content[place + 1] == 0x09
  }
}
