// One opcode of a pickle: what it takes from the stream and what it does to the stack.

import Base

extension PickleMachine {
  mutating func step(_ opcode: UInt8, at start: Int) throws(PickleError) {
    if try pushScalar(opcode) { return }
    if try pushText(opcode) { return }
    if try handleStack(opcode) { return }
    if try handleContainer(opcode) { return }
    switch opcode {
    case 0x80:
      let version = try byte()
      guard version <= 5 else { throw fail("protocol \(version)") }
    case 0x95:
      let length = try number(8)
      guard length <= UInt64(bytes.count - offset) else {
        throw fail("FRAME claims \(length) bytes and \(bytes.count - offset) are left")
      }
    case UInt8(ascii: "c"):
      let module = ByteName(bytes: try line())
      try pushGlobal(PickleGlobal(module: module, name: ByteName(bytes: try line())), start)
    case 0x93: try stackGlobal(start)
    case UInt8(ascii: "i"):
      let module = ByteName(bytes: try line())
      let name = ByteName(bytes: try line())
      let arguments = try popToMark()
      let global = PickleGlobal(module: module, name: name)
      check(global, start)
      try call(global, arguments, "INST", start)
    case UInt8(ascii: "o"):
      let items = try popToMark()
      guard let callee = items.first else { throw fail("OBJ without a class") }
      try call(callee, Array(items.dropFirst()), "OBJ", start)
    case UInt8(ascii: "R"), 0x81:
      let arguments = try pop()
      try call(try pop(), items(of: arguments), opcode == 0x81 ? "NEWOBJ" : "REDUCE", start)
    case 0x92:
      _ = try pop()
      let arguments = try pop()
      try call(try pop(), items(of: arguments), "NEWOBJ_EX", start)
    case UInt8(ascii: "b"): try build(start)
    case 0x82, 0x83, 0x84:
      let code = try number(1 << Int(opcode - 0x82))
      report("pickle-opcode", "EXT asks the extension registry for code \(code)", at: start)
      try push(.unknown)
    case UInt8(ascii: "P"):
      let text = ByteName(bytes: try line())
      report(
        "pickle-opcode", "PERSID with the text \(text.quoted); torch never writes it", at: start)
      try push(.unknown)
    case UInt8(ascii: "Q"): try persistent(start)
    case 0x97:
      report("pickle-opcode", "NEXT_BUFFER takes data from outside of the file", at: start)
      try push(.unknown)
    case 0x98: break
    default: throw PickleError(offset: start, reason: "opcode \(opcode) is unknown")
    }
  }

  // MARK: Numbers

  private mutating func pushScalar(_ opcode: UInt8) throws(PickleError) -> Bool {
    switch opcode {
    case UInt8(ascii: "N"): try push(.none)
    case 0x88: try push(.bool(true))
    case 0x89: try push(.bool(false))
    case UInt8(ascii: "J"):
      try push(.int(Int(Int32(truncatingIfNeeded: try number(4)))))
    case UInt8(ascii: "K"): try push(.int(Int(try number(1))))
    case UInt8(ascii: "M"): try push(.int(Int(try number(2))))
    case 0x8A: try pushLong(UInt64(try byte()))
    case 0x8B:
      let count = Int32(truncatingIfNeeded: try number(4))
      guard count >= 0 else { throw fail("LONG4 with the negative length \(count)") }
      try pushLong(UInt64(count))
    case UInt8(ascii: "I"):
      let text = try line()
      if text.elementsEqual("00".utf8) || text.elementsEqual("01".utf8) {
        try push(.bool(text.last == UInt8(ascii: "1")))
      } else {
        try push(.int(try decimal(text)))
      }
    case UInt8(ascii: "L"):
      let text = try line()
      try push(.int(try decimal(text.last == UInt8(ascii: "L") ? text.dropLast() : text)))
    case UInt8(ascii: "G"):
      try push(.float(Double(bitPattern: try number(8).byteSwapped)))
    case UInt8(ascii: "F"):
      guard let number = Double(String(decoding: try line(), as: UTF8.self)) else {
        throw fail("a float that is no number")
      }
      try push(.float(number))
    default: return false
    }
    return true
  }

  /// Two's complement, little-endian, of any length.
  private mutating func pushLong(_ count: UInt64) throws(PickleError) {
    let digits = try take(count)
    guard digits.count <= 8 else { return try push(.int(nil)) }
    var value: Int64 = digits.last.map { $0 >= 0x80 ? -1 : 0 } ?? 0
    for digit in digits.reversed() { value = value << 8 | Int64(digit) }
    try push(.int(Int(value)))
  }

  /// A number as Python's `int()` reads it: spaces around, a sign, single underscores inside.
  private func decimal(_ text: ArraySlice<UInt8>) throws(PickleError) -> Int? {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
    var digits = text.drop(while: isSpace)
    while let last = digits.last, isSpace(last) { digits.removeLast() }
    var sign = ""
    if digits.first == UInt8(ascii: "-") || digits.first == UInt8(ascii: "+") {
      sign = digits.first == UInt8(ascii: "-") ? "-" : ""
      digits = digits.dropFirst()
    }
    let groups = digits.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
    guard groups.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }) else {
      throw fail("an integer that is no number")
    }
    return Int(sign + String(decoding: groups.joined(), as: UTF8.self))
  }

  // MARK: Text and bytes

  private mutating func pushText(_ opcode: UInt8) throws(PickleError) -> Bool {
    switch opcode {
    case UInt8(ascii: "X"): try push(.text(ByteName(bytes: try take(try number(4)))))
    case 0x8C: try push(.text(ByteName(bytes: try take(try number(1)))))
    case 0x8D: try push(.text(ByteName(bytes: try take(try number(8)))))
    case UInt8(ascii: "T"): try push(.text(ByteName(bytes: try take(try number(4)))))
    case UInt8(ascii: "U"): try push(.text(ByteName(bytes: try take(try number(1)))))
    case UInt8(ascii: "S"):
      guard let text = PickleText.quoted(try line()) else { throw fail("a string without quotes") }
      try push(.text(text))
    case UInt8(ascii: "V"):
      guard let text = PickleText.rawUnicode(try line()) else {
        throw fail("a string with a broken escape")
      }
      try push(.text(text))
    case UInt8(ascii: "C"): try push(.bytes(try take(try number(1)).count))
    case UInt8(ascii: "B"): try push(.bytes(try take(try number(4)).count))
    case 0x8E, 0x96: try push(.bytes(try take(try number(8)).count))
    default: return false
    }
    return true
  }

  // MARK: Stack and memo

  private mutating func handleStack(_ opcode: UInt8) throws(PickleError) -> Bool {
    switch opcode {
    case UInt8(ascii: "("):
      guard marks.count < Self.valuesMax else { throw fail("more than \(Self.valuesMax) marks") }
      marks.append(stack.count)
    case UInt8(ascii: "0"):
      // POP on a fresh mark takes the mark away.
      if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): stack.append(try top())
    case UInt8(ascii: "g"): try pushMemo(try decimal(try line()))
    case UInt8(ascii: "h"): try pushMemo(Int(try number(1)))
    case UInt8(ascii: "j"): try pushMemo(Int(try number(4)))
    case UInt8(ascii: "p"): try store(try decimal(try line()))
    case UInt8(ascii: "q"): try store(Int(try number(1)))
    case UInt8(ascii: "r"): try store(Int(try number(4)))
    case 0x94: try store(memo.count)
    default: return false
    }
    return true
  }

  private mutating func pushMemo(_ index: Int?) throws(PickleError) {
    guard let index, let value = memo[index] else { throw fail("the memo has no such entry") }
    stack.append(value)
  }

  private mutating func store(_ index: Int?) throws(PickleError) {
    guard let index, index >= 0 else { throw fail("a memo entry with a negative number") }
    memo[index] = try top()
  }
}
