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
  /// Something that only running code could tell.
  case unknown
}

/// The number of a value in the arena.
typealias PickleID = Int32

/// A module and a name in it.
struct PickleGlobal: Equatable, Sendable {
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
  let type: ElementType
  let key: ByteName
  let elementCount: Int
}

/// A view on a storage; offset and strides in elements.
struct PickleTensor: Equatable, Sendable {
  let storage: PickleStorage
  let offset: Int
  let shape: [Int]
  let strides: [Int]
}

// MARK: What may be named

extension PickleGlobal {
  static let orderedDict = PickleGlobal(module: "collections", name: "OrderedDict")
  static let rebuildTensor = PickleGlobal(module: "torch._utils", name: "_rebuild_tensor_v2")
  static let rebuildParameter = PickleGlobal(module: "torch._utils", name: "_rebuild_parameter")
  static let size = PickleGlobal(module: "torch", name: "Size")

  /// Whether importing it is known to do nothing but build a tensor.
  var isAllowed: Bool {
    self == .orderedDict || self == .rebuildTensor || self == .rebuildParameter || self == .size
      || storageType != nil
  }

  /// The element type if this is one of torch's storage classes.
  var storageType: ElementType? {
    module == "torch" ? Self.storageTypes[name] : nil
  }

  private static let storageTypes: [ByteName: ElementType] = [
    "DoubleStorage": .f64, "FloatStorage": .f32, "HalfStorage": .f16, "BFloat16Storage": .bf16,
    "LongStorage": .i64, "IntStorage": .i32, "ShortStorage": .i16, "CharStorage": .i8,
    "ByteStorage": .u8, "BoolStorage": .bool, "ComplexFloatStorage": .c64,
    "ComplexDoubleStorage": .c128,
  ]
}
