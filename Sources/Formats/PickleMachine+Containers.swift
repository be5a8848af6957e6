// Containers of a pickle, and the calls it would make.

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

  // MARK: Imports

  mutating func stackGlobal(_ start: Int) throws(PickleError) {
    let name = try pop()
    let module = try pop()
    guard case .text(let moduleName) = value(module), case .text(let attribute) = value(name) else {
      note(import: nil, at: start)
      report("pickle-global", "STACK_GLOBAL with a name that only running it could tell", at: start)
      return try push(.unknown)
    }
    try pushGlobal(PickleGlobal(module: moduleName, name: attribute), start)
  }

  mutating func pushGlobal(_ global: PickleGlobal, _ start: Int) throws(PickleError) {
    check(global, start)
    try push(.global(global))
  }

  mutating func check(_ global: PickleGlobal, _ start: Int) {
    note(import: global, at: start)
    guard !global.isAllowed else { return }
    report(
      "pickle-global",
      "imports \(global.text): importing runs code, and no tensor needs this name", at: start)
  }

  // MARK: Calls

  mutating func call(
    _ callee: PickleID, _ arguments: [PickleID], _ opcode: String, _ start: Int
  ) throws(PickleError) {
    guard case .global(let global) = value(callee) else {
      note(opaqueCallAt: start)
      report(
        "pickle-call",
        "\(opcode) calls something that only running it could tell\(shown(arguments))",
        at: start)
      return try push(.unknown)
    }
    try call(global, arguments, opcode, start)
  }

  mutating func call(
    _ global: PickleGlobal, _ arguments: [PickleID], _ opcode: String, _ start: Int
  ) throws(PickleError) {
    if opcode == "REDUCE" {
      if global == .orderedDict {
        if let first = arguments.first, case .list(let pairs) = value(first) {
          try spend(pairs.count)
        }
        if let members = members(arguments) { return try push(.dictionary(members)) }
      }
      // Of a tuple alone: a list that is shared would be copied whenever it grows.
      if global == .size, arguments.count == 1, case .tuple = value(arguments[0]) {
        return try push(value(arguments[0]))
      }
      if global == .rebuildTensor { return try push(.tensor(try tensor(arguments))) }
      if global == .rebuildParameter, let data = arguments.first, case .tensor = value(data) {
        return try push(value(data))
      }
    }
    report("pickle-call", "\(opcode) calls \(global.text)\(shown(arguments))", at: start)
    try push(.unknown)
  }

  /// The members of `OrderedDict()` or `OrderedDict([(key, value), …])`.
  private func members(_ arguments: [PickleID]) -> [(key: PickleID, value: PickleID)]? {
    guard let first = arguments.first else { return [] }
    guard arguments.count == 1, case .list(let pairs) = value(first) else { return nil }
    var members: [(key: PickleID, value: PickleID)] = []
    for pair in pairs {
      switch value(pair) {
      case .tuple(let items) where items.count == 2: members.append((items[0], items[1]))
      case .list(let items) where items.count == 2: members.append((items[0], items[1]))
      default: return nil
      }
    }
    return members
  }

  /// `_rebuild_tensor_v2(storage, offset, size, stride, …)`.
  private func tensor(_ arguments: [PickleID]) throws(PickleError) -> PickleTensor {
    guard arguments.count >= 4, case .storage(let storage) = value(arguments[0]),
      case .int(let offset?) = value(arguments[1]), let shape = integers(arguments[2]),
      let strides = integers(arguments[3])
    else { throw fail("_rebuild_tensor_v2 with arguments that torch does not write") }
    return PickleTensor(storage: storage, offset: offset, shape: shape, strides: strides)
  }

  private func integers(_ id: PickleID) -> [Int]? {
    guard case .tuple(let items) = value(id), items.count <= 64 else { return nil }
    var numbers: [Int] = []
    for item in items {
      guard case .int(let number?) = value(item) else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  /// BUILD may set `_metadata` on an OrderedDict, as state dictionaries have it, and nothing else.
  mutating func build(_ start: Int) throws(PickleError) {
    let state = try pop()
    let target = try top()
    if case .dictionary = value(target), case .dictionary(let members) = value(state) {
      try spend(members.count)
      let isMetadata = members.allSatisfy { member in
        if case .text("_metadata") = value(member.key) { true } else { false }
      }
      if isMetadata { return }
    }
    report("pickle-opcode", "BUILD sets attributes of an object", at: start)
  }

  /// BINPERSID must be a storage of torch.
  mutating func persistent(_ start: Int) throws(PickleError) {
    let id = try pop()
    guard case .tuple(let items) = value(id), items.count >= 5,
      case .text("storage") = value(items[0]), case .global(let global) = value(items[1]),
      case .text(let key) = value(items[2]), case .int(let count?) = value(items[4])
    else {
      report("pickle-opcode", "PERSID that is not a storage of torch", at: start)
      return try push(.unknown)
    }
    guard let type = global.storageType, count >= 0 else {
      return try push(.unknown)  // the import was reported already
    }
    try push(.storage(PickleStorage(type: type, key: key, elementCount: count)))
  }

  // MARK: For people

  /// The arguments of a call, as far as they are plain, in parentheses.
  private func shown(_ arguments: [PickleID]) -> String {
    let texts = arguments.prefix(8).map { argument -> String in
      switch value(argument) {
      case .text(let text): ByteName(bytes: text.bytes.prefix(80)).quoted
      case .int(let number?): String(number)
      case .global(let global): global.text
      case .none: "None"
      default: "…"
      }
    }
    return "(" + texts.joined(separator: ", ") + ")"
  }
}
