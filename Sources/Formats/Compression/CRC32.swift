// CRC-32 as ZIP uses it (ISO 3309, polynomial EDB88320 reflected), eight bytes at a time.

/// A running checksum.
struct CRC32 {
  private var register: UInt32 = 0xFFFF_FFFF

  var value: UInt32 { ~register }

  mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe update($0) }
  }

  private mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var crc = register
    var offset = 0
    unsafe crcTables.withUnsafeBufferPointer { table in
      while bytes.count - offset >= 8 {
        let word = unsafe UInt64(
          littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        let mixed = word ^ UInt64(crc)
        // Table 7 belongs to the byte that still has seven others behind it.
        crc = 0
        for position in 0..<8 {
          let byte = Int(truncatingIfNeeded: mixed >> (8 * UInt64(position))) & 0xFF
          unsafe crc ^= table[(7 - position) << 8 | byte]
        }
        offset += 8
      }
      while offset < bytes.count {
        crc = unsafe crc >> 8 ^ table[Int((crc ^ UInt32(bytes[offset])) & 0xFF)]
        offset += 1
      }
    }
    register = crc
  }

  static func checksum(_ bytes: RawSpan) -> UInt32 {
    var crc = CRC32()
    crc.update(bytes)
    return crc.value
  }
}

/// Eight tables of 256: entry b of table k is the register after byte b and k zero bytes.
private let crcTables: [UInt32] = {
  var tables = [UInt32](repeating: 0, count: 8 * 256)
  for byte in 0..<256 {
    var value = UInt32(byte)
    for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    tables[byte] = value
  }
  for k in 1..<8 {
    for byte in 0..<256 {
      let before = tables[(k - 1) << 8 | byte]
      tables[k << 8 | byte] = before >> 8 ^ tables[Int(before & 0xFF)]
    }
  }
  return tables
}()
