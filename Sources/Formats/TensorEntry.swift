// One tensor of a model: what it is called, what it holds, where its bytes lie.
//
// Does not: hold bytes. `OpenModel.withBytes(of:)` gives them in the one canonical order whatever
// the container did (strides, big-endian, compression).

import Base

/// A tensor in a file of an `OpenModel`.
public struct TensorEntry: Sendable {
  public let name: ByteName
  public let type: ElementType
  /// Outermost dimension first, also for GGUF. Empty for a scalar.
  public let shape: [Int]
  /// Bytes of the canonical form: little-endian, row-major, no padding.
  public let byteCount: Int
  /// Index into `OpenModel.files`.
  public let file: Int
  /// Where the bytes start in the file (for a compressed member: where the member's data starts).
  public let offsetBytes: Int
  public let layout: TensorLayout

  public init(
    name: ByteName, type: ElementType, shape: [Int], byteCount: Int, file: Int, offsetBytes: Int,
    layout: TensorLayout = .plain
  ) {
    self.name = name
    self.type = type
    self.shape = shape
    self.byteCount = byteCount
    self.file = file
    self.offsetBytes = offsetBytes
    self.layout = layout
  }

  /// The product of the shape; 1 for a scalar. Readers have checked that it does not overflow.
  public var elementCount: Int { shape.reduce(1, *) }

  /// The same tensor as part of a model whose file list starts elsewhere.
  func moved(toFile index: Int) -> TensorEntry {
    TensorEntry(
      name: name, type: type, shape: shape, byteCount: byteCount, file: index,
      offsetBytes: offsetBytes, layout: layout)
  }
}

/// How stored bytes become canonical bytes. One word for tensors that are stored as they are, which
/// nearly all are.
public struct TensorLayout: Equatable, Sendable {
  /// Distance in elements from one index to the next, per dimension, if not row-major.
  public var strides: [Int]? {
    get { form.strides }
    set { change { $0.strides = newValue } }
  }
  /// Whether each element is stored with its most significant byte first.
  public var isBigEndian: Bool {
    get { form.isBigEndian }
    set { change { $0.isBigEndian = newValue } }
  }
  /// The raw deflate stream the bytes lie in, if they are compressed.
  public var compression: Compression? {
    get { form.compression }
    set { change { $0.compression = newValue } }
  }
  /// The numbers they are made of one by one, if they are written so.
  public var numbers: Numbers? {
    get { form.numbers }
    set { change { $0.numbers = newValue } }
  }

  /// Stored as it is: the bytes of the file are the canonical bytes.
  public static let plain = TensorLayout()
  public var isPlain: Bool { other == nil }

  public static func == (a: TensorLayout, b: TensorLayout) -> Bool { a.form == b.form }

  private struct Form: Equatable, Sendable {
    var strides: [Int]?
    var isBigEndian = false
    var compression: Compression?
    var numbers: Numbers?
  }

  private final class Other: Sendable {
    let form: Form
    init(_ form: Form) { self.form = form }
  }

  /// Nil for the plain form.
  private var other: Other?
  private var form: Form { other?.form ?? Form() }

  private mutating func change(_ body: (inout Form) -> Void) {
    var form = self.form
    body(&form)
    other = form == Form() ? nil : Other(form)
  }

  /// Numbers of Protocol Buffers, of which each gives `byteWidth` bytes.
  public struct Numbers: Equatable, Sendable {
    /// Where they lie in the file, in order; each run holds whole numbers.
    public let runs: [Range<Int>]
    /// Whether they are of variable length; else they are the bytes.
    public let isVarint: Bool
    public let byteWidth: Int
  }

  /// A deflate stream (RFC 1951) in the file.
  public struct Compression: Equatable, Sendable {
    /// Where the stream starts in the file, and its length.
    public let offsetBytes: Int
    public let byteCount: Int
    /// The length when inflated, as the archive declares and the reader enforces.
    public let inflatedByteCount: Int
    /// Where the tensor's first byte lies in the inflated bytes.
    public let skipBytes: Int

    /// Compressed tensors are inflated whole when they are read: larger ones are refused.
    static let inflatedBytesMax = 1 << 30
  }
}
