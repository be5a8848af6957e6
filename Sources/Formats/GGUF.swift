// GGUF, versions 2 and 3, little-endian: metadata and the table of tensors.
//
// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
//     "GGUF"  u32 version  u64 tensor count  u64 metadata count
//     metadata: key, u32 kind, value;   tensor: name, u32 dims, u64 ne[dims], u32 type, u64 offset
//     zeros to the alignment, then the tensors' bytes, each at a multiple of the alignment
//
// As strict as ggml or stricter: counts are bounded by the bytes that are left, keys and names
// are unique, tensors lie in aligned order without gap, overlap or tail, padding is zero.
// Arrays of arrays are refused, as ggml refuses them. The tensor table is read in GGUF+Tensors.

import Base

/// The parsed head of a GGUF file.
struct GGUF {
  let version: UInt32
  let metadata: [ByteName: GGUFValue]
  let tensors: [TensorEntry]
}

extension GGUF {
  static let magic = Array("GGUF".utf8)
  static let keyBytesMax = 65_535
  static let alignmentKey: ByteName = "general.alignment"
  static let alignmentDefault = 32

  static func isLikely(_ file: MappedFile) -> Bool { file.bytes(at: 0, count: 4) == magic }

  /// Reads the head of `file`; entries carry file index 0. Ends soon after the run is no longer
  /// wanted.
  init(_ file: MappedFile, run: Run = Run()) throws(Problem) {
    var reader = GGUFReader(file: file, run: run)
    self = try file.withBytes { (bytes) throws(Problem) in try reader.read(bytes) }
  }
}

/// The state of one reading: where it is, and which part it is in, for errors.
struct GGUFReader {
  let file: MappedFile
  let run: Run
  var cursor = Cursor()
  /// Made when something is wrong: a file may have a million parts.
  var part = GGUFPart.named("magic")
  var place: String { part.description }

  init(file: MappedFile, run: Run) {
    self.file = file
    self.run = run
  }

  mutating func read(_ bytes: RawSpan) throws(Problem) -> GGUF {
    guard try take(bytes, { c, b throws(Truncated) in try c.bytes(4, b) }) == GGUF.magic else {
      throw malformed("gguf_magic", "magic", "the file does not begin with GGUF")
    }
    part = .named("version")
    let version = try u32(bytes)
    guard version == 2 || version == 3 else {
      let hint = version.byteSwapped == 2 || version.byteSwapped == 3 ? " (big-endian file)" : ""
      throw malformed(
        "gguf_version", "version", "the version is \(version)\(hint); 2 and 3 are read",
        remedy: "convert the file with a current, little-endian llama.cpp")
    }
    // A tensor takes at least 24 bytes (empty name, no dims), a pair at least 13.
    let tensorCount = try count("tensor_count", bytes, bytesEach: 24)
    let pairCount = try count("metadata_kv_count", bytes, bytesEach: 13)
    let metadata = try pairs(pairCount, bytes)
    let tensors = try tensorTable(tensorCount, metadata, bytes)
    return GGUF(version: version, metadata: metadata, tensors: tensors)
  }

  private mutating func pairs(
    _ count: Int, _ bytes: RawSpan
  ) throws(Problem) -> [ByteName: GGUFValue] {
    var metadata: [ByteName: GGUFValue] = [:]
    for index in 0..<count {
      try ask(index)
      part = .key(index)
      let key = ByteName(bytes: try string(bytes, limit: GGUF.keyBytesMax))
      guard !key.bytes.isEmpty, String(validating: key.bytes, as: UTF8.self) != nil else {
        throw malformed("gguf_key", place, "a key must not be empty and must be UTF-8")
      }
      part = .keyNamed(key)
      guard metadata[key] == nil else {
        throw malformed("gguf_key", place, "the key stands twice")
      }
      metadata[key] = try value(bytes)
    }
    return metadata
  }

  private mutating func value(_ bytes: RawSpan) throws(Problem) -> GGUFValue {
    switch try kind(bytes) {
    case .string: return .string(try string(bytes))
    case .array: return .array(try array(bytes))
    case let kind: return try checkedScalar(kind, bytes)
    }
  }

  private mutating func array(_ bytes: RawSpan) throws(Problem) -> GGUFArray {
    let element = try kind(bytes)
    guard element != .array else {
      throw malformed("gguf_value", place, "an array of arrays; ggml does not read them either")
    }
    let declared = try u64(bytes)
    let smallest = element.fixedByteCount ?? 8
    guard let count = Int(exactly: declared), count <= cursor.remaining(bytes) / smallest else {
      throw malformed(
        "gguf_value", place,
        "an array of \(declared) elements does not fit in the \(cursor.remaining(bytes)) bytes left"
      )
    }
    let start = cursor.offset
    if element == .string {
      for index in 0..<count {
        try ask(index)
        try skipString(bytes)
      }
    } else if element == .bool {
      for index in 0..<count {
        try ask(index)
        _ = try checkedScalar(.bool, bytes)
      }
    } else {
      try take(bytes) { c, b throws(Truncated) in try c.skip(count * smallest, b) }
    }
    return GGUFArray(element: element, count: count, file: file, offsetBytes: start)
  }

  private mutating func kind(_ bytes: RawSpan) throws(Problem) -> GGUFValue.Kind {
    let number = try u32(bytes)
    guard let kind = GGUFValue.Kind(rawValue: number) else {
      throw malformed("gguf_value", place, "the value type \(number) is unknown")
    }
    return kind
  }

  private mutating func checkedScalar(
    _ kind: GGUFValue.Kind, _ bytes: RawSpan
  ) throws(Problem) -> GGUFValue {
    let value = try take(bytes) { c, b throws(Truncated) in try scalar(kind, &c, b) }
    guard let value else {
      throw malformed("gguf_value", place, "a boolean is neither 0 nor 1")
    }
    return value
  }
}

/// A part of the file, for errors.
enum GGUFPart: CustomStringConvertible {
  case named(String)
  case key(Int)
  case keyNamed(ByteName)
  case tensor(Int)
  case tensorNamed(ByteName)

  var description: String {
    switch self {
    case .named(let name): name
    case .key(let index): "metadata key \(index)"
    case .keyNamed(let key): "metadata key \(key.quoted)"
    case .tensor(let index): "tensor \(index)"
    case .tensorNamed(let name): "tensor \(name.quoted)"
    }
  }
}

// MARK: Fields

extension GGUFReader {
  /// Asks every now and then whether the run is still wanted.
  func ask(_ step: Int) throws(Problem) {
    if step & 0xFFF == 0 { try run.check() }
  }

  mutating func u32(_ bytes: RawSpan) throws(Problem) -> UInt32 {
    try take(bytes) { c, b throws(Truncated) in try c.u32(b) }
  }

  mutating func u64(_ bytes: RawSpan) throws(Problem) -> UInt64 {
    try take(bytes) { c, b throws(Truncated) in try c.u64(b) }
  }

  /// A count of things that take at least `bytesEach` bytes each.
  mutating func count(_ name: String, _ bytes: RawSpan, bytesEach: Int) throws(Problem) -> Int {
    part = .named(name)
    let declared = try u64(bytes)
    guard let count = Int(exactly: declared), count <= cursor.remaining(bytes) / bytesEach else {
      throw malformed(
        "gguf_count", name,
        "\(declared) entries do not fit in the \(cursor.remaining(bytes)) bytes left")
    }
    return count
  }

  mutating func string(_ bytes: RawSpan, limit: Int = Int.max) throws(Problem) -> [UInt8] {
    let size = try stringSize(bytes, limit: limit)
    return try take(bytes) { c, b throws(Truncated) in try c.bytes(size, b) }
  }

  private mutating func skipString(_ bytes: RawSpan) throws(Problem) {
    let size = try stringSize(bytes, limit: Int.max)
    try take(bytes) { c, b throws(Truncated) in try c.skip(size, b) }
  }

  private mutating func stringSize(_ bytes: RawSpan, limit: Int) throws(Problem) -> Int {
    let declared = try u64(bytes)
    guard let size = Int(exactly: declared), size <= cursor.remaining(bytes), size <= limit else {
      throw malformed(
        "gguf_string", place,
        "a string of \(declared) bytes; \(min(limit, cursor.remaining(bytes))) are possible here")
    }
    return size
  }

  /// Runs one read of the cursor and names the part if the file ends in it.
  @discardableResult
  mutating func take<T>(
    _ bytes: RawSpan, _ read: (inout Cursor, RawSpan) throws(Truncated) -> T
  ) throws(Problem) -> T {
    do { return try read(&cursor, bytes) } catch {
      throw malformed(
        "gguf_truncated", place,
        "the file ends at byte \(error.offset + error.have), inside this part")
    }
  }
}
