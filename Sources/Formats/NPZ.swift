// NumPy archives: a ZIP archive of array files, or one array file alone.
//
// A member NAME.npy is the tensor NAME. Fortran order and big-endian arrays are converted when
// their bytes are asked for. Compressed members are inflated once when the archive is opened, in a
// window, to check size and CRC.

import Base

enum NPZ {
  /// Reads a `.npz` or `.npy` file.
  static func part(_ file: MappedFile, name: String, run: Run) throws(Problem) -> WeightPart {
    var part = WeightPart(files: [file], fileNames: [name], entries: [])
    guard ZipArchive.isLikely(file) else {
      let stem = String(FileSystem.lastComponent(name).prefix { $0 != "." })
      let outcome = try file.withBytes { (bytes) throws(Problem) in
        try NPY.read(bytes, byteCount: bytes.byteCount)
      }
      part.add(outcome, name: ByteName(stem), place: file.path) { array in
        TensorEntry(array, name: ByteName(stem), base: 0)
      }
      return part
    }
    let zip = try ZipArchive(file)
    for member in zip.members {
      guard member.name.hasSuffix(".npy"), member.name.bytes.count > 4 else {
        throw malformed(
          "npz_member", member.place, "an archive of arrays holds members called NAME.npy alone")
      }
      let name = ByteName(bytes: member.name.bytes.dropLast(4))
      let place = "array \(name.quoted)"
      let outcome: NPY.Outcome
      do throws(Problem) { outcome = try header(of: member, file, run) } catch {
        throw error.at(place)
      }
      part.add(outcome, name: name, place: "\(file.path): \(place)") { array in
        TensorEntry(array, name: name, member: member)
      }
    }
    part.members = zip.members.map { ArchiveMember(file: 0, member: $0) }
    return part
  }

  private static func header(
    of member: ZipArchive.Member, _ file: MappedFile, _ run: Run
  ) throws(Problem) -> NPY.Outcome {
    guard member.isDeflated else {
      return try file.withBytes { (bytes) throws(Problem) in
        let stored = bytes.extracting(
          member.dataOffset..<member.dataOffset + member.storedByteCount)
        return try NPY.read(stored, byteCount: member.byteCount)
      }
    }
    var head: [UInt8] = []
    try ZipArchive.checkCompressed(member, file, run: run) { piece in
      let wanted = NPY.headerBytesMax + 12 - head.count
      unsafe piece.extracting(0..<min(max(0, wanted), piece.byteCount)).withUnsafeBytes {
        unsafe head.append(contentsOf: $0)
      }
    }
    return try unsafe NPY.read(head.span.bytes, byteCount: member.byteCount)
  }
}

extension WeightPart {
  fileprivate mutating func add(
    _ outcome: NPY.Outcome, name: ByteName, place: String, entry: (NPY) -> TensorEntry
  ) {
    switch outcome {
    case .array(let array): entries.append(entry(array))
    case .objects:
      isReadable = false
      findings.append(
        Finding(
          id: "npy-object", severity: .error,
          message: "the array \(name.quoted) holds Python objects: its data is a pickle",
          place: place))
    }
  }
}

extension TensorEntry {
  /// An array whose file begins at `base`.
  fileprivate init(_ array: NPY, name: ByteName, base: Int) {
    self.init(
      name: name, type: array.type, shape: array.shape,
      byteCount: array.byteCount, file: 0,
      offsetBytes: base + array.dataOffset, layout: array.layout)
  }

  fileprivate init(_ array: NPY, name: ByteName, member: ZipArchive.Member) {
    guard member.isDeflated else {
      self.init(array, name: name, base: member.dataOffset)
      return
    }
    var layout = array.layout
    layout.compression = TensorLayout.Compression(
      offsetBytes: member.dataOffset, byteCount: member.storedByteCount,
      inflatedByteCount: member.byteCount, skipBytes: array.dataOffset)
    self.init(
      name: name, type: array.type, shape: array.shape,
      byteCount: array.byteCount, file: 0,
      offsetBytes: member.dataOffset, layout: layout)
  }
}
