// Lists and mappings in brackets, over one line or several.

import Base

extension FrontMatterReader {
  /// The text from an opening bracket to the one that closes it, lines joined by blanks.
  mutating func flowText(_ content: [UInt8], _ line: Int) throws(Problem) -> [UInt8] {
    var all = content
    var brackets = BracketScanner()
    while true {
      if let end = brackets.end(in: all) {
        guard withoutComment(Array(all[end...])).isEmpty else {
          throw Self.problem(line, "something follows the closing bracket")
        }
        return Array(all[..<end])
      }
      guard index < lines.count, all.count <= FrontMatter.byteCountMax else {
        throw Self.problem(line, "a bracket is not closed")
      }
      all += [0x20] + withoutComment(lines[index].bytes)
      index += 1
    }
  }
}

/// Looks for the bracket that closes the first one, in bytes that grow: each is looked at once, so
/// that a bracket that is never closed costs no more than its lines.
private struct BracketScanner {
  private var depth = 0
  private var quote: UInt8?
  private var place = 0

  /// The place after the closing bracket, or nil if it is not there yet.
  mutating func end(in bytes: [UInt8]) -> Int? {
    while place < bytes.count {
      let byte = bytes[place]
      if let open = quote {
        if byte == 0x5C, open == 0x22 { place += 1 } else if byte == open { quote = nil }
      } else if byte == 0x22 || byte == 0x27 {
        let before = place > 0 ? bytes[place - 1] : 0x20
        if [0x20, 0x5B, 0x7B, 0x2C, 0x3A].contains(before) { quote = byte }
      } else if byte == 0x5B || byte == 0x7B {
        depth += 1
      } else if byte == 0x5D || byte == 0x7D {
        depth -= 1
        if depth == 0 { return place + 1 }
      }
      place += 1
    }
    return nil
  }
}

/// One value in brackets.
struct FlowReader {
  let text: [UInt8]
  let line: Int
  private var place = 0

  init(text: [UInt8], line: Int) {
    self.text = text
    self.line = line
  }

  mutating func whole(_ reader: inout FrontMatterReader) throws(Problem) -> FrontMatterValue {
    let value = try self.value(&reader, depth: 0)
    skipBlanks()
    guard place == text.count else { throw malformed("something follows the closing bracket") }
    return value
  }

  private mutating func value(
    _ reader: inout FrontMatterReader, depth: Int
  ) throws(Problem) -> FrontMatterValue {
    guard depth <= FrontMatter.depthMax else { throw malformed("brackets are nested too deep") }
    try reader.countValue(line)
    skipBlanks()
    guard place < text.count else { return .null }
    switch text[place] {
    case 0x5B: return try list(&reader, depth)
    case 0x7B: return try map(&reader, depth)
    case 0x22, 0x27:
      guard let (value, end) = try reader.quoted(text, place, line) else {
        throw malformed("a quote is not closed")
      }
      place = end
      return .text(value)
    case 0x21: throw malformed("tags (\"!\") are not read")
    case 0x26:
      let name = word()
      let value = try self.value(&reader, depth: depth + 1)
      reader.anchors[ByteName(bytes: name.dropFirst())] = value
      return value
    case 0x2A: return try reader.alias(named: Array(word().dropFirst()), line)
    default:
      let plain = try reader.text(reader.trimmed(plainText()), line)
      return plain.isEmpty || plain == "~" || plain == "null" ? .null : .text(plain)
    }
  }

  private mutating func list(
    _ reader: inout FrontMatterReader, _ depth: Int
  ) throws(Problem) -> FrontMatterValue {
    place += 1
    var values: [FrontMatterValue] = []
    while true {
      skipBlanks()
      guard place < text.count else { throw malformed("a list is not closed") }
      if text[place] == 0x5D {
        place += 1
        return .list(values)
      }
      values.append(try value(&reader, depth: depth + 1))
      try separator(0x5D)
    }
  }

  private mutating func map(
    _ reader: inout FrontMatterReader, _ depth: Int
  ) throws(Problem) -> FrontMatterValue {
    place += 1
    var members: [FrontMatterValue.Member] = []
    var seen: Set<ByteName> = []
    while true {
      skipBlanks()
      guard place < text.count else { throw malformed("a mapping is not closed") }
      if text[place] == 0x7D {
        place += 1
        return .map(members)
      }
      guard let key = try value(&reader, depth: depth + 1).text else {
        throw malformed("a key is a text")
      }
      guard seen.insert(ByteName(key)).inserted else {
        throw malformed("the key \"\(key)\" stands twice")
      }
      skipBlanks()
      var member = FrontMatterValue.null
      if place < text.count, text[place] == 0x3A {
        place += 1
        skipBlanks()
        if place < text.count, text[place] != 0x2C, text[place] != 0x7D {
          member = try value(&reader, depth: depth + 1)
        }
      }
      members.append(FrontMatterValue.Member(key: key, value: member))
      try separator(0x7D)
    }
  }

  private mutating func separator(_ closing: UInt8) throws(Problem) {
    skipBlanks()
    guard place < text.count else { return }
    if text[place] == 0x2C {
      place += 1
    } else if text[place] != closing {
      throw malformed("a comma is wanted between two values")
    }
  }

  private mutating func skipBlanks() {
    while place < text.count, text[place] == 0x20 || text[place] == 0x09 { place += 1 }
  }

  private mutating func word() -> ArraySlice<UInt8> {
    let start = place
    while place < text.count, ![0x20, 0x2C, 0x5D, 0x7D].contains(text[place]) { place += 1 }
    return text[start..<place]
  }

  /// Up to a comma, a bracket, or a colon with a blank.
  private mutating func plainText() -> [UInt8] {
    let start = place
    while place < text.count, ![0x2C, 0x5D, 0x7D, 0x5B, 0x7B].contains(text[place]) {
      if text[place] == 0x3A,
        place + 1 >= text.count || [0x20, 0x2C, 0x7D].contains(text[place + 1])
      {
        break
      }
      place += 1
    }
    return Array(text[start..<place])
  }

  private func malformed(_ reason: String) -> Problem { FrontMatterReader.problem(line, reason) }
}
