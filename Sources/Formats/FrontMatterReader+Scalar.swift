// Scalars: plain, quoted, and the blocks that `|` and `>` begin; anchors and aliases.

import Base

extension FrontMatterReader {
  /// The value that begins with `content` and may go on in lines indented more than `parentIndent`.
  mutating func value(
    _ content: [UInt8], line: Int, parentIndent: Int, depth: Int
  ) throws(Problem) -> FrontMatterValue {
    guard depth <= FrontMatter.depthMax else {
      throw Self.problem(line, "nested deeper than \(FrontMatter.depthMax) levels")
    }
    guard let first = content.first else { return .null }
    try countValue(line)
    switch first {
    case 0x21: throw Self.problem(line, "tags (\"!\") are not read")
    case 0x26: return try anchored(content, line, parentIndent, depth)
    case 0x2A: return try alias(content, line)
    case 0x7C, 0x3E: return try blockScalar(content, line, parentIndent)
    case 0x5B, 0x7B:
      var flow = FlowReader(text: try flowText(content, line), line: line)
      return try flow.whole(&self)
    case 0x22, 0x27: return .text(try quotedLines(content, line, parentIndent))
    case 0x40, 0x60, 0x25, 0x5D, 0x7D, 0x2C:
      throw Self.problem(line, "a plain value may not begin with this character; quote it")
    default: return try plain(content, line, parentIndent)
    }
  }

  func text(_ bytes: some Sequence<UInt8>, _ line: Int) throws(Problem) -> String {
    guard let text = String(validating: Array(bytes), as: UTF8.self) else {
      throw Self.problem(line, "this is not UTF-8")
    }
    return text
  }

  // MARK: Anchors

  private mutating func anchored(
    _ content: [UInt8], _ line: Int, _ parentIndent: Int, _ depth: Int
  ) throws(Problem) -> FrontMatterValue {
    let name = content.dropFirst().prefix { $0 != 0x20 }
    let rest = Array(content[(1 + name.count)...].drop { $0 == 0x20 })
    guard !name.isEmpty else { throw Self.problem(line, "an anchor needs a name") }
    let value: FrontMatterValue
    if rest.isEmpty || rest[0] == 0x23 {
      if let next = nextLine(), next.indent > parentIndent {
        value = try block(indent: next.indent, depth: depth + 1)
      } else {
        value = .null
      }
    } else {
      value = try self.value(rest, line: line, parentIndent: parentIndent, depth: depth + 1)
    }
    anchors[ByteName(bytes: name)] = value
    return value
  }

  private mutating func alias(_ content: [UInt8], _ line: Int) throws(Problem) -> FrontMatterValue {
    let name = Array(withoutComment(content).dropFirst())
    return try alias(named: name, line)
  }

  mutating func alias(named name: [UInt8], _ line: Int) throws(Problem) -> FrontMatterValue {
    guard let value = anchors[ByteName(bytes: name)] else {
      throw Self.problem(line, "the alias names no anchor above it")
    }
    aliasedCount += value.count
    guard aliasedCount <= FrontMatter.aliasedValueCountMax else {
      throw Self.problem(
        line, "aliases stand for more than \(FrontMatter.aliasedValueCountMax) values")
    }
    return value
  }

  // MARK: Plain

  private mutating func plain(
    _ content: [UInt8], _ line: Int, _ parentIndent: Int
  ) throws(Problem) -> FrontMatterValue {
    var parts = [withoutComment(content)]
    var hasComment = parts[0].count < trimmed(content).count
    while !hasComment, index < lines.count {
      let next = lines[index]
      let isEmpty = next.bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 }
      guard isEmpty || (next.indent > parentIndent && !next.isBlank) else { break }
      if isEmpty {
        guard let blankCount = blankLines(upTo: parentIndent) else { break }
        parts += [[UInt8]](repeating: [], count: blankCount)
        index += blankCount
        continue
      }
      let raw = trimmed(next.bytes)
      let part = withoutComment(raw)
      hasComment = part.count < raw.count
      parts.append(part)
      index += 1
    }
    for part in parts where containsColon(part) {
      throw Self.problem(line, "a colon and a blank inside a plain value; quote the value")
    }
    let joined = try text(folded(parts), line)
    switch joined {
    case "", "~", "null", "Null", "NULL": return .null
    default: return .text(joined)
    }
  }

  /// How many blank lines stand here, if a line with more indentation follows them; else nil.
  private func blankLines(upTo parentIndent: Int) -> Int? {
    let rest = lines[index...]
    guard let end = rest.firstIndex(where: { !$0.bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 } }),
      lines[end].indent > parentIndent, !lines[end].isBlank
    else { return nil }
    return end - index
  }

  private func containsColon(_ part: [UInt8]) -> Bool {
    for place in part.indices where part[place] == 0x3A {
      if place + 1 == part.count || part[place + 1] == 0x20 { return true }
    }
    return false
  }

  func trimmed(_ bytes: [UInt8]) -> [UInt8] {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    guard let first = bytes.firstIndex(where: { !isBlank($0) }),
      let last = bytes.lastIndex(where: { !isBlank($0) })
    else { return [] }
    return Array(bytes[first...last])
  }

  /// Without " # comment" at the end and without blanks around.
  func withoutComment(_ bytes: [UInt8]) -> [UInt8] {
    for place in bytes.indices where bytes[place] == 0x23 {
      if place == 0 || bytes[place - 1] == 0x20 || bytes[place - 1] == 0x09 {
        return trimmed(Array(bytes[..<place]))
      }
    }
    return trimmed(bytes)
  }

  /// Lines joined by blanks; an empty line gives a line break.
  private func folded(_ parts: [[UInt8]]) -> [UInt8] {
    var result = parts[0]
    var breaks = 0
    for part in parts.dropFirst() {
      if part.isEmpty {
        breaks += 1
        continue
      }
      result += breaks > 0 ? [UInt8](repeating: 0x0A, count: breaks) : [0x20]
      breaks = 0
      result += part
    }
    return result
  }

  // MARK: Quoted

  private mutating func quotedLines(
    _ content: [UInt8], _ line: Int, _ parentIndent: Int
  ) throws(Problem) -> String {
    var all = content
    var seen = 1
    while true {
      if isClosed(all, &seen), let (value, end) = try quoted(all, 0, line) {
        guard withoutComment(Array(all[end...])).isEmpty else {
          throw Self.problem(line, "something follows the closing quote")
        }
        return value
      }
      guard index < lines.count else { throw Self.problem(line, "a quote is not closed") }
      let part = trimmed(lines[index].bytes)
      index += 1
      all += part.isEmpty ? [0x0A] : (all.last == 0x0A ? part : [0x20] + part)
    }
  }

  /// Whether the quote that begins `bytes` is closed in them. `seen` is how far it was looked
  /// before, so that a quote that is never closed costs no more than its lines.
  private func isClosed(_ bytes: [UInt8], _ seen: inout Int) -> Bool {
    let quote = bytes[0]
    while seen < bytes.count {
      if bytes[seen] == 0x5C, quote == 0x22 {
        guard seen + 1 < bytes.count else { return false }
        seen += 2
      } else if bytes[seen] == quote {
        guard quote == 0x27 else { return true }
        // Two stand for one; whether a second follows is known only from the next byte.
        guard seen + 1 < bytes.count, bytes[seen + 1] == quote else { return true }
        seen += 2
      } else {
        seen += 1
      }
    }
    return false
  }

  /// A quoted text from `start`, and where it ends; nil if it is not closed.
  func quoted(
    _ bytes: [UInt8], _ start: Int, _ line: Int
  ) throws(Problem) -> (text: String, end: Int)? {
    let quote = bytes[start]
    var out: [UInt8] = []
    var place = start + 1
    while place < bytes.count {
      let byte = bytes[place]
      if byte == quote {
        if quote == 0x27, place + 1 < bytes.count, bytes[place + 1] == 0x27 {
          out.append(0x27)
          place += 2
          continue
        }
        return (try text(out, line), place + 1)
      }
      if byte == 0x5C, quote == 0x22 {
        guard place + 1 < bytes.count else { return nil }
        place = try escape(bytes, place + 1, line, &out)
        continue
      }
      out.append(byte)
      place += 1
    }
    return nil
  }

  private func escape(
    _ bytes: [UInt8], _ place: Int, _ line: Int, _ out: inout [UInt8]
  ) throws(Problem) -> Int {
    let simple: [UInt8: UInt8] = [
      0x30: 0, 0x61: 7, 0x62: 8, 0x74: 9, 0x6E: 10, 0x76: 11, 0x66: 12, 0x72: 13, 0x65: 27,
      0x20: 0x20, 0x22: 0x22, 0x2F: 0x2F, 0x5C: 0x5C, 0x09: 9,
    ]
    if let value = simple[bytes[place]] {
      out.append(value)
      return place + 1
    }
    let counts: [UInt8: Int] = [0x78: 2, 0x75: 4, 0x55: 8]
    guard let count = counts[bytes[place]], bytes.count - place > count,
      let digits = String(validating: bytes[place + 1...place + count], as: UTF8.self),
      let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value)
    else { throw Self.problem(line, "this escape is not known") }
    out += Array(String(Character(scalar)).utf8)
    return place + 1 + count
  }

  // MARK: Block scalars

  private mutating func blockScalar(
    _ content: [UInt8], _ line: Int, _ parentIndent: Int
  ) throws(Problem) -> FrontMatterValue {
    let isFolded = content[0] == 0x3E
    let header = withoutComment(Array(content.dropFirst()))
    guard header.allSatisfy({ $0 == 0x2B || $0 == 0x2D || ($0 >= 0x31 && $0 <= 0x39) }) else {
      throw Self.problem(line, "after | or > only + - and a digit may stand")
    }
    var indent = header.first { $0 >= 0x31 }.map { max(0, parentIndent) + Int($0 - 0x30) }
    var parts: [[UInt8]] = []
    while index < lines.count {
      let next = lines[index]
      let isEmpty = next.bytes.allSatisfy { $0 == 0x20 }
      if !isEmpty {
        if indent == nil { indent = next.indent }
        guard next.indent > parentIndent, next.indent >= indent ?? 0 else { break }
      }
      parts.append(isEmpty ? [] : Array(next.bytes[(indent ?? 0)...]))
      index += 1
    }
    while parts.last?.isEmpty == true { parts.removeLast() }
    if parts.isEmpty { return .text("") }
    let joined = isFolded ? folded(parts) : Array(parts.joined(separator: [0x0A]))
    let ending: [UInt8] = header.contains(0x2D) ? [] : [0x0A]
    return .text(try text(joined + ending, line))
  }
}
