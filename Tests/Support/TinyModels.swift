// Writers of small model files, for tests that need a valid one to bend.

import Base
import Glibc

/// A tensor to be written; bytes are little-endian and row-major, the shape outermost first.
public struct TinyTensor: Sendable {
  public var name: String
  public var type: String
  public var shape: [Int]
  public var bytes: [UInt8]

  public init(_ name: String, _ type: String, _ shape: [Int], _ bytes: [UInt8]) {
    self.name = name
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// F32 values.
  public init(_ name: String, _ shape: [Int], f32 values: [Float]) {
    self.init(name, "F32", shape, values.flatMap { littleEndian($0.bitPattern) })
  }
}

/// The bytes of an integer, least significant first.
public func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

public enum TinyModels {
  /// A safetensors file with the tensors in the given order.
  public static func safetensors(
    _ tensors: [TinyTensor], metadata: JSONObject? = nil
  ) -> [UInt8] {
    var header = JSONObject()
    if let metadata { header["__metadata__"] = .object(metadata) }
    var offset = 0
    for tensor in tensors {
      header[tensor.name] = [
        "dtype": .string(tensor.type), "shape": .array(tensor.shape.map { JSON($0) }),
        "data_offsets": [JSON(offset), JSON(offset + tensor.bytes.count)],
      ]
      offset += tensor.bytes.count
    }
    return safetensors(header: JSON.object(header).canonicalText, data: tensors.flatMap(\.bytes))
  }

  /// A safetensors file with a header of one's own.
  public static func safetensors(header: String, data: [UInt8]) -> [UInt8] {
    littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data
  }

  /// A metadata value of a GGUF file: kind and bytes.
  public static func ggufText(_ text: String) -> (kind: UInt32, bytes: [UInt8]) {
    (8, littleEndian(UInt64(text.utf8.count)) + Array(text.utf8))
  }
  public static func ggufNumber(_ number: UInt32) -> (kind: UInt32, bytes: [UInt8]) {
    (4, littleEndian(number))
  }

  private static let ggmlTypes: [String: UInt32] = [
    "F32": 0, "F16": 1, "Q4_0": 2, "Q8_0": 8, "BF16": 30, "MXFP4": 39,
  ]

  /// A GGUF file, version 3, alignment 32.
  public static func gguf(
    _ tensors: [TinyTensor], metadata: [(String, (kind: UInt32, bytes: [UInt8]))] = []
  ) -> [UInt8] {
    var head: [UInt8] = Array("GGUF".utf8) + littleEndian(UInt32(3))
    head += littleEndian(UInt64(tensors.count)) + littleEndian(UInt64(metadata.count))
    for (key, value) in metadata {
      head += ggufText(key).bytes + littleEndian(value.kind) + value.bytes
    }
    var data: [UInt8] = []
    for tensor in tensors {
      head += ggufText(tensor.name).bytes + littleEndian(UInt32(tensor.shape.count))
      for size in tensor.shape.reversed() { head += littleEndian(UInt64(size)) }
      head += littleEndian(ggmlTypes[tensor.type] ?? 0) + littleEndian(UInt64(data.count))
      data += padded(tensor.bytes)
    }
    return padded(head) + data
  }

  private static func padded(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32)
  }

  /// A ZIP archive of stored members; `crc` computes the checksum of each.
  public static func zip(
    _ members: [(name: String, bytes: [UInt8])], crc: ([UInt8]) -> UInt32
  ) -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (name, bytes) in members {
      let offset = UInt32(file.count)
      let sizes =
        littleEndian(crc(bytes)) + littleEndian(UInt32(bytes.count))
        + littleEndian(UInt32(bytes.count)) + littleEndian(UInt16(name.utf8.count))
        + littleEndian(UInt16(0))
      let common: [UInt8] = [20, 0, 0, 0, 0, 0, 0, 0, 0, 0] + sizes
      file += [0x50, 0x4B, 3, 4] + common + Array(name.utf8) + bytes
      directory += [0x50, 0x4B, 1, 2, 20, 0] + common
      directory += [UInt8](repeating: 0, count: 10) + littleEndian(offset) + Array(name.utf8)
    }
    let start = UInt32(file.count)
    let count = littleEndian(UInt16(members.count))
    file += directory
    file += [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count
    file += littleEndian(UInt32(directory.count)) + littleEndian(start) + [0, 0]
    return file
  }
}

/// A folder of its own that goes away with the object.
public final class TemporaryFolder {
  public let path: String

  public init() throws { path = try FileSystem.temporaryDirectory(prefix: "assay-test") }
  deinit { try? FileSystem.remove(path) }

  /// Writes a file below it and gives its path.
  @discardableResult
  public func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = FileSystem.join(path, name)
    try FileSystem.makeDirectories(FileSystem.directoryName(file))
    // Without fsync, which a test that writes a thousand files would wait for.
    guard let stream = fopen(file, "w") else {
      throw Problem(.failure, "io", place: file, reason: "the test could not write this file")
    }
    defer { fclose(stream) }
    guard fwrite(bytes, 1, bytes.count, stream) == bytes.count else {
      throw Problem(.failure, "io", place: file, reason: "the disk is full")
    }
    return file
  }
}
