// Small files of the kinds that lie in folders of models, for tests of the look at them.

import Base
import Foundation
import TestSupport

@testable import Formats

enum ContentSamples {
  /// `os.system("true")`, when it is unpickled.
  static let evilPickle =
    [UInt8]([0x80, 2]) + Array("cos\nsystem\nX".utf8) + littleEndian(UInt32(4))
    + Array("true".utf8) + [0x85, 0x52, 0x2E]

  static let evilText = Array("cos\nsystem\n(S'true'\ntR.".utf8)

  /// The smallest safetensors model.
  static let model = TinyModels.safetensors([TinyTensor("w", [1], f32: [1])])

  /// A member of an archive: its name and bytes.
  typealias Member = (name: String, bytes: [UInt8])

  /// A ZIP archive of stored members.
  static func zip(_ members: [Member], flags: UInt16 = 0, comment: String = "") -> [UInt8] {
    var body: [UInt8] = []
    var directory: [UInt8] = []
    for (name, bytes) in members {
      let crc = bytes.withUnsafeBytes { CRC32.checksum($0.bytes) }
      let fields: [UInt8] =
        littleEndian(UInt16(20)) + littleEndian(flags) + littleEndian(UInt16(0))
        + littleEndian(UInt32(0)) + littleEndian(crc) + littleEndian(UInt32(bytes.count))
        + littleEndian(UInt32(bytes.count)) + littleEndian(UInt16(name.utf8.count))
        + littleEndian(UInt16(0))
      directory += [0x50, 0x4B, 1, 2] + littleEndian(UInt16(20)) + fields
      directory += [UInt8](repeating: 0, count: 10) + littleEndian(UInt32(body.count))
      directory += Array(name.utf8)
      body += [0x50, 0x4B, 3, 4] + fields + Array(name.utf8) + bytes
    }
    let count = littleEndian(UInt16(members.count))
    return body + directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count
      + littleEndian(UInt32(directory.count)) + littleEndian(UInt32(body.count))
      + littleEndian(UInt16(comment.utf8.count)) + Array(comment.utf8)
  }

  /// A tar archive. A member whose name ends in a slash is a folder.
  static func tar(_ members: [Member], claiming size: Int? = nil) -> [UInt8] {
    var result: [UInt8] = []
    for (name, bytes) in members {
      result += tarHeader(name, size ?? bytes.count, type: name.hasSuffix("/") ? "5" : "0") + bytes
      result += [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
    }
    return result + [UInt8](repeating: 0, count: 1024)
  }

  static func tarHeader(_ name: String, _ size: Int, type: String, link: String = "") -> [UInt8] {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
    }
    put(name, at: 0)
    put("0000644\0", at: 100)
    put(String(format: "%011o", size), at: 124)
    put("        ", at: 148)
    put(type, at: 156)
    put(link, at: 157)
    put("ustar\000", at: 257)
    put(String(format: "%06o\0 ", block.reduce(0) { $0 + Int($1) }), at: 148)
    return block
  }

  /// A gzip stream whose data is stored, not compressed.
  static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + stored(bytes) + [UInt8](repeating: 0, count: 8)
  }

  static func zlib(_ bytes: [UInt8]) -> [UInt8] { [0x78, 0x9C] + stored(bytes) + [0, 0, 0, 0] }

  private static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var rest = bytes[...]
    repeat {
      let piece = rest.prefix(0xFFFF)
      rest = rest.dropFirst(0xFFFF)
      let count = UInt16(piece.count)
      result += [rest.isEmpty ? 1 : 0] + littleEndian(count) + littleEndian(~count) + piece
    } while !rest.isEmpty
    return result
  }

  /// What is found in a folder that holds a clean model and these files.
  static func findings(_ files: [String: [UInt8]]) throws -> [Finding] {
    let folder = try TemporaryFolder()
    try folder.write("model.safetensors", model)
    for (name, bytes) in files { try folder.write(name, bytes) }
    return try FileSafety.findings(of: folder.path)
  }

  static func findings(_ files: [String: String]) throws -> [Finding] {
    try findings(files.mapValues { Array($0.utf8) })
  }
}
