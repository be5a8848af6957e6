// What a pickle would build, as far as a reader of tensors must know it. Values lie in an arena
// and refer to each other by number, so that deep nesting costs no recursion.

import Base

/// One value of a symbolic run.
enum PickleValue: Sendable {
  case none
  case bool(Bool)
  /// Nil if it does not fit an `Int`.
  case int(Int?)
  case float(Double)
  case text(ByteName)
  case bytes(Int)
  case tuple([PickleID])
  case list([PickleID])
  case dictionary([(key: PickleID, value: PickleID)])
  case global(PickleGlobal)
  case storage(PickleStorage)
  case tensor(PickleTensor)
  /// A tensor that loading allows and that is not decoded; says what it is.
  case unread(String)
  /// An object that holds no tensors.
  case plain
  /// Something that only running code could tell.
  case unknown
}

/// The number of a value in the arena.
typealias PickleID = Int32

/// A module and a name in it.
struct PickleGlobal: Hashable, Sendable {
  let module: ByteName
  let name: ByteName

  /// For people; what could mislead the eye is escaped, so a Cyrillic "o" does not pass for "o".
  var text: String { "\(Self.visible(module)).\(Self.visible(name))" }

  private static func visible(_ name: ByteName) -> String {
    name.text.unicodeScalars.map { scalar in
      scalar.isASCII && scalar.value >= 0x20 && scalar.value != 0x7F
        ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
    }.joined()
  }
}

/// A storage of a torch checkpoint: `('storage', type, key, location, element count)`.
struct PickleStorage: Equatable, Sendable {
  /// Nil if its elements are not decoded.
  let type: ElementType?
  /// Counted in bytes: the tensors on it say what they hold.
  let isUntyped: Bool
  let key: ByteName
  let elementCount: Int

  /// The storage counted in elements of a type; nil if it holds another one, or no whole number of
  /// these.
  func read(as wanted: ElementType) -> PickleStorage? {
    if type == wanted { return self }
    guard isUntyped, wanted.blockElements == 1, elementCount % wanted.blockBytes == 0 else {
      return nil
    }
    return PickleStorage(
      type: wanted, isUntyped: false, key: key, elementCount: elementCount / wanted.blockBytes)
  }
}

/// A view on a storage; offset and strides in elements.
struct PickleTensor: Equatable, Sendable {
  let storage: PickleStorage
  let offset: Int
  let shape: [Int]
  let strides: [Int]
}
