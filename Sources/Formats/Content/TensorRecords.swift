// Records as TensorBoard writes them: a length, its checksum, the data, its checksum. The checksum
// of the first lengths is enough to tell them from chance.
//
// Format: https://www.tensorflow.org/tutorials/load_data/tfrecord (CRC-32C, rotated and shifted).

enum TensorRecords {
  /// How many records are looked at.
  private static let recordsMax = 64

  static func areLikely(_ bytes: RawSpan) -> Bool {
    var place = 0
    var count = 0
    while count < recordsMax, place < bytes.byteCount {
      guard let length = bytes.littleEndian(at: place, 8),
        let stated = bytes.littleEndian(at: place + 8, 4),
        masked(crc(bytes.copy(from: place, atMost: 8))) == UInt32(stated)
      else { return false }
      // The last record may be cut off: the writer may still be at it.
      let rest = bytes.byteCount - place - 12
      guard length <= UInt64(max(0, rest - 4)) else { return count > 0 }
      place += 16 + Int(length)
      count += 1
    }
    return count > 0
  }

  private static func masked(_ crc: UInt32) -> UInt32 { (crc >> 15 | crc << 17) &+ 0xA282_EAD8 }

  /// CRC-32C (Castagnoli), bit by bit: eight bytes a record.
  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    var register: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      register ^= UInt32(byte)
      for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0x82F6_3B78 : register >> 1 }
    }
    return ~register
  }
}
