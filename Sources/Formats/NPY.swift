// The header of a NumPy array file, and archives of such files.
//
// Format: numpy/lib/format.py, versions 1.0, 2.0 and 3.0: magic, version, length, then a Python
// literal `{'descr': …, 'fortran_order': …, 'shape': (…), }` that is parsed by its grammar and
// never evaluated. Object arrays are pickles: a finding, and nothing is read.

import Base

/// A parsed header.
struct NPY: Equatable {
  let type: ElementType
  let isBigEndian: Bool
  let isFortranOrder: Bool
  let shape: [Int]
  let byteCount: Int
  /// Where the data begins in the file.
  let dataOffset: Int

  static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
  static let headerBytesMax = 1 << 20

  enum Outcome {
    case array(NPY)
    /// Loading it would unpickle its data.
    case objects
  }

  /// Reads the header at the start of `head`, of an array file of `byteCount` bytes.
  static func read(_ head: RawSpan, byteCount: Int) throws(Problem) -> Outcome {
    var cursor = Cursor()
    let text = try headerText(head, &cursor)
    return try outcome(try header(text), dataOffset: cursor.offset, byteCount: byteCount)
  }

  /// What an array holds, as far as it matters whether loading it runs something.
  enum Elements: Equatable {
    case plain
    /// A pickle begins at this byte.
    case objects(dataOffset: Int)
  }

  /// Nil if the header cannot be read.
  static func elements(_ head: RawSpan) -> Elements? {
    var cursor = Cursor()
    guard let text = try? headerText(head, &cursor), let members = try? header(text),
      let descr = members["descr"]
    else { return nil }
    return descr.containsObjects ? .objects(dataOffset: cursor.offset) : .plain
  }

  private static func headerText(
    _ head: RawSpan, _ cursor: inout Cursor
  ) throws(Problem) -> [UInt8] {
    guard let magic = try? cursor.bytes(6, head), magic == Self.magic,
      let major = try? cursor.u8(head), let minor = try? cursor.u8(head)
    else { throw malformed("npy_magic", "magic", "it does not begin like a NumPy array") }
    guard (1...3).contains(major), minor == 0 else {
      throw malformed("npy_version", "version", "version \(major).\(minor) is unknown")
    }
    let length =
      major == 1 ? (try? cursor.u16(head)).map(Int.init) : (try? cursor.u32(head)).map(Int.init)
    guard let length, length <= headerBytesMax, let text = try? cursor.bytes(length, head) else {
      throw malformed(
        "npy_header", "header", "the header claims more bytes than the array has")
    }
    return text
  }

  private static func header(_ text: [UInt8]) throws(Problem) -> [ByteName: PythonLiteral] {
    let literal: PythonLiteral
    do { literal = try PythonLiteral(reading: text) } catch {
      throw malformed("npy_header", "header, byte \(error.offset)", error.reason)
    }
    guard case .dictionary(let members) = literal else {
      throw malformed("npy_header", "header", "the header is not a dictionary")
    }
    let keys: Set<ByteName> = ["descr", "fortran_order", "shape"]
    guard members.count == 3, Set(members.map(\.key)) == keys else {
      throw malformed(
        "npy_header", "header", "the header must have descr, fortran_order and shape alone")
    }
    return Dictionary(members.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  private static func outcome(
    _ members: [ByteName: PythonLiteral], dataOffset: Int, byteCount: Int
  ) throws(Problem) -> Outcome {
    guard let descr = members["descr"], case .bool(let isFortran)? = members["fortran_order"],
      case .tuple(let dimensions)? = members["shape"]
    else { throw malformed("npy_header", "header", "a value of the header has the wrong type") }
    if descr.containsObjects { return .objects }
    guard case .text(let code) = descr, let (type, isBig) = type(of: code) else {
      throw malformed(
        "npy_dtype", "header, descr", "the element type \(descr.typeText) is not a plain number",
        remedy: "save the arrays with plain number types")
    }
    var shape: [Int] = []
    for dimension in dimensions {
      guard case .int(let size) = dimension, size >= 0 else {
        throw malformed("npy_shape", "header, shape", "a dimension is not an unsigned integer")
      }
      shape.append(size)
    }
    guard let elements = checkedElementCount(shape), let bytes = type.byteCount(elements: elements)
    else {
      throw malformed("npy_shape", "header, shape", "the number of bytes overflows 63 bits")
    }
    guard bytes == byteCount - dataOffset else {
      throw malformed(
        "npy_shape", "header, shape",
        "shape and type need \(bytes) bytes and \(byteCount - dataOffset) are there")
    }
    return .array(
      NPY(
        type: type, isBigEndian: isBig, isFortranOrder: isFortran, shape: shape,
        byteCount: bytes, dataOffset: dataOffset))
  }

  private static func type(of code: ByteName) -> (ElementType, isBigEndian: Bool)? {
    guard let order = code.bytes.first, "<>|=".utf8.contains(order),
      let type = types[ByteName(bytes: code.bytes.dropFirst())]
    else { return nil }
    // "=" means the writer's own order, which the file does not say.
    guard type.blockBytes == 1 || order == UInt8(ascii: "<") || order == UInt8(ascii: ">") else {
      return nil
    }
    return (type, type.blockBytes > 1 && order == UInt8(ascii: ">"))
  }

  private static let types: [ByteName: ElementType] = [
    "f2": .f16, "f4": .f32, "f8": .f64, "i1": .i8, "i2": .i16, "i4": .i32, "i8": .i64,
    "u1": .u8, "u2": .u16, "u4": .u32, "u8": .u64, "b1": .bool, "c8": .c64, "c16": .c128,
  ]

  /// How the data lies, if it is not row-major and little-endian.
  var layout: TensorLayout {
    var layout = TensorLayout.plain
    layout.isBigEndian = isBigEndian
    if isFortranOrder, shape.count > 1, (checkedElementCount(shape) ?? 0) > 1 {
      layout.strides = fortranStrides
    }
    return layout
  }

  private var fortranStrides: [Int] {
    var strides: [Int] = []
    var next = 1
    for size in shape {
      strides.append(next)
      next *= max(1, size)
    }
    return strides
  }
}

extension PythonLiteral {
  /// An element type, for people.
  fileprivate var typeText: String {
    switch self {
    case .text(let code): code.quoted
    case .list: "of a record"
    case .tuple, .dictionary: "of a part of a record"
    case .bool, .int: "that is no text"
    }
  }
}
