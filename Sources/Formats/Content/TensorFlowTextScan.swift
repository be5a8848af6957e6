// The text form of TensorFlow graphs: `node { name: "x" op: "PyFunc" }`.
//
// Format: https://protobuf.dev/reference/protobuf/textformat-spec/. Blocks in braces or angle
// brackets, strings in either quotes with escapes, strings side by side are one, `#` begins a
// comment.
//
// Promises: total and linear; braces that do not match are no reason to stop.

import Base

enum TensorFlowTextScan {
  private static let findingsMax = 16
  private static let blocksMax = 1000

  /// Whether a text may be a graph: a block of a name that graphs have is near its start.
  static func isLikely(_ text: [UInt8]) -> Bool {
    var reader = TextFormatReader(Array(text.prefix(1 << 16)))
    var previous: TextFormatToken?
    while let token = reader.next() {
      if token == .open, case .name(let name) = previous,
        ["node", "node_def", "meta_graphs", "graph_def", "library"].contains(name)
      {
        return true
      }
      if token != .symbol { previous = token }
    }
    return false
  }

  /// The operations of a graph that run code. `place` names the file.
  static func findings(in text: [UInt8], place: String) -> [Finding] {
    var reader = TextFormatReader(text)
    var blocks = [Block()]
    var findings: [Finding] = []
    var field = ""
    while let token = reader.next(), findings.count < findingsMax {
      switch token {
      case .name(let name): field = name
      case .string(let value):
        if field == "op" { blocks[blocks.count - 1].operation += value }
        if field == "name" { blocks[blocks.count - 1].name += value }
      case .open: if blocks.count < blocksMax { blocks.append(Block()) }
      case .close:
        findings += blocks[blocks.count - 1].findings(place)
        if blocks.count > 1 { blocks.removeLast() } else { blocks[0] = Block() }
      case .symbol: break
      }
    }
    return findings + blocks.flatMap { $0.findings(place) }
  }

  private struct Block {
    var name = ""
    var operation = ""

    func findings(_ place: String) -> [Finding] {
      guard TensorFlowScan.operations.contains(operation) else { return [] }
      return [TensorFlowScan.finding(operation, node: name, in: nil, place: place)]
    }
  }
}

enum TextFormatToken: Equatable {
  case name(String)
  case string(String)
  case open, close, symbol
}

struct TextFormatReader {
  private let text: [UInt8]
  private var place = 0

  init(_ text: [UInt8]) { self.text = text }

  mutating func next() -> TextFormatToken? {
    while place < text.count {
      let byte = text[place]
      switch byte {
      case 0x00...0x20, 0x80...: place += 1
      case UInt8(ascii: "#"):
        while place < text.count, text[place] != 0x0A { place += 1 }
      case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(string(byte))
      case UInt8(ascii: "{"), UInt8(ascii: "<"):
        place += 1
        return .open
      case UInt8(ascii: "}"), UInt8(ascii: ">"):
        place += 1
        return .close
      case _ where isNameByte(byte):
        let start = place
        while place < text.count, isNameByte(text[place]) { place += 1 }
        return .name(String(decoding: text[start..<place], as: UTF8.self))
      default:
        place += 1
        return .symbol
      }
    }
    return nil
  }

  private func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
    default: false
    }
  }

  private mutating func string(_ quote: UInt8) -> String {
    place += 1
    var value: [UInt8] = []
    while place < text.count, text[place] != quote, text[place] != 0x0A {
      guard text[place] == UInt8(ascii: "\\"), place + 1 < text.count else {
        value.append(text[place])
        place += 1
        continue
      }
      place += 1
      value.append(escape())
    }
    place += 1
    return String(decoding: value, as: UTF8.self)
  }

  /// `\x50`, `\120`, `\n`; of letters beyond ASCII the last byte alone, which no name here has.
  private mutating func escape() -> UInt8 {
    let letter = text[place]
    switch letter {
    case UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "u"), UInt8(ascii: "U"):
      place += 1
      let digits = letter | 0x20 == UInt8(ascii: "x") ? 2 : letter == UInt8(ascii: "u") ? 4 : 8
      return number(radix: 16, digits)
    case UInt8(ascii: "0")...UInt8(ascii: "7"): return number(radix: 8, 3)
    default:
      place += 1
      let plain: [UInt8: UInt8] = [
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "t"): 0x09, UInt8(ascii: "r"): 0x0D,
        UInt8(ascii: "a"): 0x07, UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C,
        UInt8(ascii: "v"): 0x0B,
      ]
      return plain[letter] ?? letter
    }
  }

  private mutating func number(radix: UInt32, _ most: Int) -> UInt8 {
    var value: UInt32 = 0
    for _ in 0..<most where place < text.count {
      guard let digit = Character(Unicode.Scalar(text[place])).hexDigitValue, digit < radix else {
        break
      }
      value = value &* radix &+ UInt32(digit)
      place += 1
    }
    return UInt8(truncatingIfNeeded: value)
  }
}
