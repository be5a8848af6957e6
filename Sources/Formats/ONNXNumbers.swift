// Numbers that an ONNX tensor writes one by one, in a field of their own kind, and their bytes.
//
// int32_data holds whatever has 32 bits or fewer: each number gives its low bytes, and of types
// with less than a byte an element each byte of packed elements. A number that does not fit its
// type is refused: two files would hold one tensor.

import Base

/// The fields of a tensor that hold single numbers.
struct ONNXNumbers {
  /// Which field a type's numbers stand in (onnx.proto, TensorProto).
  enum Field: UInt64 {
    case float = 4
    case int32 = 5
    case int64 = 7
    case double = 10
    case uint64 = 11

    /// The bytes of each number, if it is of fixed length.
    var fixedBytes: Int? {
      switch self {
      case .float: 4
      case .double: 8
      case .int32, .int64, .uint64: nil
      }
    }
  }

  private var runs: [Field: [Range<Int>]] = [:]

  var isEmpty: Bool { runs.isEmpty }

  /// Adds a run of numbers, or a single one.
  mutating func add(_ field: Field, _ range: Range<Int>) {
    if !range.isEmpty { runs[field, default: []].append(range) }
  }

  /// The field of a type, and the bytes that one of its numbers gives.
  private static func field(of type: ElementType) -> (field: Field, byteWidth: Int)? {
    switch type {
    case .f32, .c64: (.float, 4)
    case .f64, .c128: (.double, 8)
    case .i64: (.int64, 8)
    case .u32: (.uint64, 4)
    case .u64: (.uint64, 8)
    case .i32: (.int32, 4)
    default: type.blockBytes <= 2 ? (.int32, type.blockBytes) : nil
    }
  }

  /// The numbers of a type as a layout; nil if there are none in its field, or others beside them.
  /// `place` is the tensor's.
  func layout(
    _ type: ElementType, byteCount: Int, _ bytes: RawSpan, place: String
  ) throws(Problem) -> TensorLayout.Numbers? {
    guard let (field, width) = Self.field(of: type), runs.keys.allSatisfy({ $0 == field }),
      let runs = runs[field]
    else { return nil }
    let isVarint = field.fixedBytes == nil
    var count = 0
    if isVarint {
      let range = Self.range(of: type, width: width)
      for run in runs {
        try ProtobufReader.forEachNumber(run, bytes, place: place) { (number) throws(Problem) in
          count += 1
          guard range.signed.contains(Int64(bitPattern: number)) || number <= range.unsignedMax
          else {
            throw malformed(
              "onnx_tensor", place, "number \(count - 1) does not fit into \(type.name)")
          }
        }
      }
    } else {
      let total = runs.reduce(0) { $0 + $1.count }
      guard total % width == 0 else {
        throw malformed("onnx_tensor", place, "its numbers are cut off")
      }
      count = total / width
    }
    guard count == byteCount / width, byteCount % width == 0 else {
      throw malformed(
        "onnx_tensor", place,
        "shape and type need \(byteCount / width) numbers, \(count) are there")
    }
    return TensorLayout.Numbers(runs: runs, isVarint: isVarint, byteWidth: width)
  }

  /// What a number of the type may be, as a signed and as an unsigned one.
  private static func range(
    of type: ElementType, width: Int
  ) -> (signed: ClosedRange<Int64>, unsignedMax: UInt64) {
    switch type {
    case .i64: return (Int64.min...Int64.max, 0)
    case .u64: return (0...0, UInt64.max)
    case .bool: return (0...1, 0)
    case .i8, .i16, .i32:
      let most = Int64(1) << Int64(8 * width - 1)
      return (-most...most - 1, 0)
    // Packed bytes are written as signed ones too.
    case .i4, .i2: return (-128...255, 0)
    default: return (0...0, (1 << UInt64(8 * width)) - 1)
    }
  }
}

extension TensorLayout.Numbers {
  /// The bytes of the numbers, least significant first. The reader has checked them; what is
  /// missing because the file was changed since comes out as zeros.
  func bytes(count: Int, in file: RawSpan) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count)
    for run in runs {
      if isVarint {
        try? ProtobufReader.forEachNumber(run, file, place: "") { number in
          for position in 0..<byteWidth {
            result.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * position)))
          }
        }
      } else {
        unsafe file.extracting(run).withUnsafeBytes { unsafe result.append(contentsOf: $0) }
      }
    }
    if result.count < count { result += repeatElement(0, count: count - result.count) }
    return Array(result.prefix(count))
  }
}
