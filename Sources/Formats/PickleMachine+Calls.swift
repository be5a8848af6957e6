// The calls that a pickle would make, and what they would build.
//
// REDUCE of a name that torch's careful loader allows gives the value it would give there, or one
// that says what was not decoded. Everything else is a finding. What is hung on a value as an
// attribute (`BUILD`, state) is remembered beside it, so that no tensor vanishes there.

import Base

extension PickleMachine {
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
    if global.isFactory, global.callable == nil {
      // Reported at the end, unless a `defaultdict` takes it.
      factories[PickleID(arena.count)] = (global, start)
    } else {
      check(global, start)
    }
    try push(.global(global))
  }

  mutating func check(_ global: PickleGlobal, _ start: Int) {
    note(import: global, at: start)
    guard !global.isAllowed else { return }
    report(
      "pickle-global",
      "imports \(global.text): importing runs code, and no tensor needs this name", at: start)
  }

  /// Names that were allowed for a use that did not come.
  mutating func reportFactories() {
    for (_, (global, start)) in factories.sorted(by: { $0.key < $1.key }) { check(global, start) }
    factories = [:]
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
    if opcode == "REDUCE" || opcode == "NEWOBJ", let made = try made(global, arguments, opcode) {
      return try push(made)
    }
    report("pickle-call", "\(opcode) calls \(global.text)\(shown(arguments))", at: start)
    try push(.unknown)
  }

  /// What an allowed call gives; nil if it is not allowed.
  private mutating func made(
    _ global: PickleGlobal, _ arguments: [PickleID], _ opcode: String
  ) throws(PickleError) -> PickleValue? {
    if global.isParameterClass, let data = arguments.first { return value(data) }
    if global.isTensorClass { return .unread("a tensor of torch's old classes") }
    guard let callable = global.callable else { return nil }
    switch callable {
    case .orderedDictionary, .counter, .defaultDictionary:
      return try dictionary(callable, arguments)
    case .size:
      // Of a tuple alone: a list that is shared would be copied whenever it grows.
      guard arguments.count == 1, case .tuple = value(arguments[0]) else { return nil }
      return value(arguments[0])
    case .set:
      guard let first = arguments.first else { return .tuple([]) }
      guard arguments.count == 1, let items = sequence(first) else { return nil }
      try spend(items.count)
      return .tuple(items)
    case .bytes:
      // Of text and numbers; what else could stand there raises an error when it is loaded.
      return arguments.count <= 3 && arguments.allSatisfy(isSimple) ? .bytes(0) : nil
    case .plain: return arguments.count <= 2 && arguments.allSatisfy(isSimple) ? .plain : nil
    case .unread(let kind): return .unread(kind)
    case .tensor(let version):
      guard opcode == "REDUCE" else { return nil }
      return try tensor(arguments, version)
    case .parameter:
      guard let data = arguments.first else { return nil }
      return try withAttributes(value(data), arguments.count > 3 ? arguments[3] : nil)
    case .typedTensor: return try typedTensor(arguments)
    }
  }

  private func sequence(_ id: PickleID) -> [PickleID]? {
    switch value(id) {
    case .list(let items), .tuple(let items): items
    default: nil
    }
  }

  private func isSimple(_ id: PickleID) -> Bool {
    switch value(id) {
    case .none, .bool, .int, .float, .text, .bytes, .plain: true
    default: false
    }
  }

  /// `OrderedDict()`, `OrderedDict([(key, value), …])`, `Counter({…})`, `defaultdict(int)`.
  private mutating func dictionary(
    _ callable: TorchCallable, _ arguments: [PickleID]
  ) throws(PickleError) -> PickleValue? {
    var arguments = arguments
    if case .defaultDictionary = callable, let first = arguments.first {
      if case .global(let factory) = value(first), factory.isFactory {
        factories[first] = nil
      } else if case .none = value(first) {
      } else {
        return nil
      }
      arguments.removeFirst()
    }
    guard let first = arguments.first else { return attributed(.dictionary([])) }
    guard arguments.count == 1 else { return nil }
    if case .dictionary(let members) = value(first) {
      try spend(members.count)
      return attributed(.dictionary(members))
    }
    guard case .list(let pairs) = value(first) else { return nil }
    try spend(pairs.count)
    var members: [(key: PickleID, value: PickleID)] = []
    for pair in pairs {
      guard let items = sequence(pair), items.count == 2 else { return nil }
      members.append((items[0], items[1]))
    }
    return attributed(.dictionary(members))
  }

  /// A value that may be given attributes later.
  private mutating func attributed(_ value: PickleValue) -> PickleValue {
    attributes[PickleID(arena.count)] = []
    return value
  }

  // MARK: Tensors

  /// `_rebuild_tensor…(storage, offset, size, stride, requires_grad, hooks, …)`; version 2 has
  /// metadata behind these, version 3 the element type and metadata.
  private func tensor(_ arguments: [PickleID], _ version: Int) throws(PickleError) -> PickleValue {
    guard arguments.count >= 4, case .storage(let storage) = value(arguments[0]),
      case .int(let offset?) = value(arguments[1]), let shape = integers(arguments[2]),
      let strides = integers(arguments[3])
    else { throw fail("a tensor with arguments that torch does not write") }
    var type = storage.type
    var metadata = version == 2 && arguments.count > 6 ? arguments[6] : nil
    if version == 3 {
      guard arguments.count > 6, case .global(let named) = value(arguments[6]) else {
        throw fail("_rebuild_tensor_v3 without an element type")
      }
      type = named.dataType
      metadata = arguments.count > 7 ? arguments[7] : nil
    }
    if let metadata {
      switch value(metadata) {
      case .none: break
      case .dictionary(let members) where members.isEmpty: break
      default: return .unread("a tensor that is a conjugate or negative view")
      }
    }
    guard let type, let stored = storage.read(as: type) else {
      return .unread("a tensor of an element type that is not decoded")
    }
    return .tensor(PickleTensor(storage: stored, offset: offset, shape: shape, strides: strides))
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

  /// `_rebuild_from_type_v2(function, type, arguments, state)`.
  private mutating func typedTensor(
    _ arguments: [PickleID]
  ) throws(PickleError) -> PickleValue? {
    guard arguments.count >= 3, case .global(let function) = value(arguments[0]),
      case .global(let type) = value(arguments[1]), type.isTensorClass
    else { return nil }
    switch function.callable {
    case .tensor, .parameter, .unread: break
    default: return nil
    }
    guard let inner = try made(function, items(of: arguments[2]), "REDUCE") else { return nil }
    return try withAttributes(inner, arguments.count > 3 ? arguments[3] : nil)
  }

  /// A value with a state hung on it: what lies in the state belongs to the value.
  private mutating func withAttributes(
    _ inner: PickleValue, _ state: PickleID?
  ) throws(PickleError) -> PickleValue {
    if let state, !isSimple(state) { attributes[PickleID(arena.count), default: []].append(state) }
    return inner
  }

  // MARK: BUILD and persistent values

  /// BUILD may set `_metadata` on a dictionary of `collections`, as state dictionaries have it, and
  /// the state of a tensor, which is not read then.
  mutating func build(_ start: Int) throws(PickleError) {
    let state = try pop()
    let target = try top()
    if attributes[target] != nil, case .dictionary(let members) = value(state) {
      try spend(members.count)
      let isMetadata = members.allSatisfy { member in
        if case .text("_metadata") = value(member.key) { true } else { false }
      }
      if isMetadata, attributes[target]?.count ?? 0 < Self.attributesMax {
        attributes[target]?.append(state)
        return
      }
    }
    switch value(target) {
    case .tensor, .unread, .storage:
      arena[Int(target)] = .unread("a tensor with a state of its own")
    default: report("pickle-opcode", "BUILD sets attributes of an object", at: start)
    }
  }

  /// BINPERSID must be a storage of torch.
  mutating func persistent(_ start: Int) throws(PickleError) {
    let id = try pop()
    guard case .tuple(let items) = value(id), items.count >= 5,
      case .text("storage") = value(items[0]), case .global(let global) = value(items[1]),
      case .text(let key) = value(items[2]), case .int(let count?) = value(items[4])
    else {
      report(
        "pickle-opcode", "BINPERSID \(shown(self.items(of: id))) is not a storage of torch",
        at: start)
      return try push(.unknown)
    }
    guard global.isStorage, count >= 0 else {
      return try push(.unknown)  // the import was reported already
    }
    // Storages of before version 1.6 may be views of others.
    var isView = false
    if items.count > 5, case .tuple = value(items[5]) { isView = true }
    try push(
      .storage(
        PickleStorage(
          type: isView ? nil : global.storageType, isUntyped: global.isUntypedStorage, key: key,
          elementCount: count)))
  }

  // MARK: For people

  /// The arguments of a call, as far as they are plain, in parentheses.
  func shown(_ arguments: [PickleID]) -> String {
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
