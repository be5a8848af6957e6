// Containers of a pickle: how they are made and filled.

import Base

extension PickleMachine {
  mutating func handleContainer(_ opcode: UInt8) throws(PickleError) -> Bool {
    switch opcode {
    case UInt8(ascii: ")"): try push(.tuple([]))
    case 0x85: try pushTuple(1)
    case 0x86: try pushTuple(2)
    case 0x87: try pushTuple(3)
    case UInt8(ascii: "t"): try push(.tuple(try popToMark()))
    case UInt8(ascii: "]"): try push(.list([]))
    case UInt8(ascii: "l"): try push(.list(try popToMark()))
    case 0x8F: try push(.list([]))
    case 0x91: try push(.tuple(try popToMark()))
    case UInt8(ascii: "}"): try push(.dictionary([]))
    case UInt8(ascii: "d"): try push(.dictionary(try pairs(try popToMark())))
    case UInt8(ascii: "a"):
      let item = try pop()
      try extend([item])
    case UInt8(ascii: "e"), 0x90: try extend(try popToMark())
    case UInt8(ascii: "s"):
      let value = try pop()
      let key = try pop()
      try insert([(key, value)])
    case UInt8(ascii: "u"): try insert(try pairs(try popToMark()))
    default: return false
    }
    return true
  }

  private mutating func pushTuple(_ count: Int) throws(PickleError) {
    var items: [PickleID] = []
    for _ in 0..<count { items.insert(try pop(), at: 0) }
    try push(.tuple(items))
  }

  private func pairs(_ items: [PickleID]) throws(PickleError) -> [(key: PickleID, value: PickleID)]
  {
    guard items.count % 2 == 0 else { throw fail("a key without a value") }
    return stride(from: 0, to: items.count, by: 2).map { (items[$0], items[$0 + 1]) }
  }

  private mutating func extend(_ items: [PickleID]) throws(PickleError) {
    let target = Int(try top())
    if case .list(var list) = arena[target] {
      arena[target] = .none  // the list has one owner while it grows
      list += items
      arena[target] = .list(list)
    } else if case .unknown = arena[target] {
    } else {
      throw fail("items are added to something that is not a list")
    }
  }

  private mutating func insert(
    _ items: [(key: PickleID, value: PickleID)]
  ) throws(PickleError) {
    let target = Int(try top())
    if case .dictionary(var members) = arena[target] {
      arena[target] = .none
      members += items
      arena[target] = .dictionary(members)
    } else if case .unknown = arena[target] {
    } else {
      throw fail("members are added to something that is not a dictionary")
    }
  }

  /// The elements of a tuple of arguments; anything else is an argument of its own.
  func items(of id: PickleID) -> [PickleID] {
    if case .tuple(let items) = value(id) { items } else { [id] }
  }
}
