// Gathers the tensors below a value of a pickle, with their names: keys and numbers joined by dots.
//
// Promises: total; whatever is a tensor is gathered, or `unread` says why the value is not read.

import Base

/// The tensors below a value.
struct TorchWalk {
  let machine: PickleMachine
  private(set) var tensors: [(ByteName, PickleTensor)] = []
  /// Why not every tensor could be gathered; the first reason.
  private(set) var unread: String?
  private var names: Set<ByteName> = []
  private var visits = 0

  /// Values may be shared: without this limit a small file could ask for endless walks.
  static let visitsMax = 8 << 20

  init(machine: PickleMachine) { self.machine = machine }

  mutating func collect(_ root: PickleID) { visit(root, path: [], depth: 0) }

  private mutating func visit(_ id: PickleID, path: [UInt8], depth: Int) {
    visits += 1
    guard unread == nil else { return }
    guard visits <= Self.visitsMax, tensors.count <= Torch.tensorsMax, depth <= Torch.depthMax
    else {
      unread = "its dictionaries are nested too deeply or share too much"
      return
    }
    for state in machine.attributes[id] ?? [] { visitState(state, path, depth + 1) }
    switch machine.value(id) {
    case .tensor(let tensor): add(tensor, path)
    case .storage(let storage):
      guard storage.type != nil else {
        unread = "\(shown(path)) is a storage whose elements are not decoded"
        return
      }
      add(
        PickleTensor(storage: storage, offset: 0, shape: [storage.elementCount], strides: [1]),
        path)
    case .unread(let kind): unread = "\(shown(path)) is \(kind)"
    case .dictionary(let members):
      for (key, value) in members {
        if let name = keyText(key) {
          visit(value, path: join(path, name), depth: depth + 1)
        } else {
          visitUnnamed(value, path, depth + 1)
        }
      }
    case .list(let items), .tuple(let items):
      for (index, item) in items.enumerated() {
        visit(item, path: join(path, Array(String(index).utf8)), depth: depth + 1)
      }
    default: break
    }
  }

  private mutating func add(_ tensor: PickleTensor, _ path: [UInt8]) {
    let name = ByteName(bytes: path.isEmpty ? Array("tensor".utf8) : path)
    guard String(validating: name.bytes, as: UTF8.self) != nil,
      !name.bytes.contains(where: { $0 < 0x20 || $0 == 0x7F })
    else {
      unread = "\(shown(path)) is no name: it is not UTF-8 or has control characters"
      return
    }
    guard names.insert(name).inserted else {
      unread = "two tensors are called \(name.quoted)"
      return
    }
    tensors.append((name, tensor))
  }

  /// A state that was hung on a value. That of a state dictionary holds versions, mostly.
  private mutating func visitState(_ id: PickleID, _ path: [UInt8], _ depth: Int) {
    visit(id, path: join(path, Array("__dict__".utf8)), depth: depth)
  }

  /// A tensor under a key that gives it no name must not vanish, however deep it lies.
  private mutating func visitUnnamed(_ id: PickleID, _ path: [UInt8], _ depth: Int) {
    let count = tensors.count
    visit(id, path: join(path, [UInt8(ascii: "?")]), depth: depth)
    if tensors.count > count, unread == nil {
      unread = "a tensor below \(shown(path)) has a key that gives it no name"
    }
  }

  private func keyText(_ key: PickleID) -> [UInt8]? {
    switch machine.value(key) {
    case .text(let name): name.bytes
    case .int(let number?): Array(String(number).utf8)
    case .bool(let flag): Array((flag ? "True" : "False").utf8)
    case .none: Array("None".utf8)
    default: nil
    }
  }

  private func shown(_ path: [UInt8]) -> String {
    path.isEmpty ? "the value" : ByteName(bytes: path).quoted
  }

  private func join(_ path: [UInt8], _ name: [UInt8]) -> [UInt8] {
    path.isEmpty ? name : path + [UInt8(ascii: ".")] + name
  }
}
