// Makes canonical bytes from stored ones: inflated, strides undone, little-endian. And checks what
// archives say of their members.

import Base

/// A member of an archive among a model's files.
struct ArchiveMember: Sendable {
  let file: Int
  let member: ZipArchive.Member
}

extension OpenModel {
  /// The canonical bytes of a tensor whose layout is not plain; `bytes` is the whole file. The
  /// readers have checked the layout. A compressed stream was inflated once before; if the file
  /// was changed since, what is missing comes out as zeros and `checkUnchanged` tells.
  func canonicalBytes(of entry: TensorEntry, in bytes: RawSpan) -> [UInt8] {
    if let numbers = entry.layout.numbers {
      return numbers.bytes(count: entry.byteCount, in: bytes)
    }
    guard let compression = entry.layout.compression else {
      return gathered(entry, from: bytes.extracting(entry.offsetBytes..<bytes.byteCount))
    }
    let stored = bytes.extracting(
      compression.offsetBytes..<compression.offsetBytes + compression.byteCount)
    var inflated = (try? Inflate.bytes(stored, limit: compression.inflatedByteCount)) ?? []
    if inflated.count < compression.inflatedByteCount {
      inflated += repeatElement(0, count: compression.inflatedByteCount - inflated.count)
    }
    return unsafe gathered(
      entry, from: inflated.span.bytes.extracting(compression.skipBytes..<inflated.count))
  }

  /// Takes the elements in row-major order; `source` starts at the tensor's first element.
  private func gathered(_ entry: TensorEntry, from source: RawSpan) -> [UInt8] {
    let size = entry.type.blockBytes
    let swaps = entry.layout.isBigEndian
    // The two halves of a complex number are swapped each for itself.
    let unit = entry.type.kind == .complex ? size / 2 : size
    guard let strides = entry.layout.strides else {
      var result = unsafe source.extracting(0..<entry.byteCount).withUnsafeBytes {
        unsafe Array($0)
      }
      if swaps { reverse(&result, unit) }
      return result
    }
    var result: [UInt8] = []
    result.reserveCapacity(entry.byteCount)
    var index = [Int](repeating: 0, count: entry.shape.count)
    var element = 0
    unsafe source.withUnsafeBytes { raw in
      for _ in 0..<entry.elementCount {
        unsafe result.append(contentsOf: raw[element * size..<(element + 1) * size])
        for axis in index.indices.reversed() {
          index[axis] += 1
          element += strides[axis]
          if index[axis] < entry.shape[axis] { break }
          element -= strides[axis] * entry.shape[axis]
          index[axis] = 0
        }
      }
    }
    if swaps { reverse(&result, unit) }
    return result
  }

  /// Reverses the bytes of every unit.
  private func reverse(_ bytes: inout [UInt8], _ unit: Int) {
    for start in stride(from: 0, to: bytes.count, by: unit) {
      bytes[start..<start + unit].reverse()
    }
  }

  /// Reads every member of the archives among the files and compares its CRC. Members that are
  /// compressed were checked when the model was opened.
  public func checkArchives(run: Run) throws(Problem) {
    for item in archiveMembers where !item.member.isDeflated {
      try run.check()
      do throws(Problem) {
        try ZipArchive.verify(item.member, files[item.file], run: run)
      } catch {
        try run.check()
        throw error.at(files[item.file].path)
      }
    }
  }
}
