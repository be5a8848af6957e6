// The storages of a PyTorch file, and the views that tensors are on them.

import Base

struct TorchStorages {
  /// Where the bytes of a storage lie.
  struct Place {
    let offset: Int
    let byteCount: Int
    /// Set if they are deflated: the length of the stream.
    var storedByteCount: Int?
  }

  private let places: [ByteName: Place]
  private let isBigEndian: Bool

  /// A view may name an element more than once, up to so many elements: `expand` makes such.
  static let repeatedElementsMax = 1 << 24

  /// The storages of an archive: members NAME/data/KEY.
  init(_ file: MappedFile, _ zip: ZipArchive, _ root: [UInt8]) throws(Problem) {
    let prefix = root + Array("data/".utf8)
    var places: [ByteName: Place] = [:]
    var isBigEndian = false
    for member in zip.members where member.name.bytes.starts(with: root) {
      if member.name.bytes.starts(with: prefix) {
        let key = member.name.bytes.dropFirst(prefix.count)
        guard !key.isEmpty, key.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { continue }
        places[ByteName(bytes: key)] = Place(
          offset: member.dataOffset, byteCount: member.byteCount,
          storedByteCount: member.isDeflated ? member.storedByteCount : nil)
      } else if member.name.bytes.dropFirst(root.count).elementsEqual("byteorder".utf8) {
        let order = try ZipArchive.read(member, file, limitBytes: 64)
        guard order.elementsEqual("little".utf8) || order.elementsEqual("big".utf8) else {
          throw malformed("torch_archive", member.place, "the byte order is neither little nor big")
        }
        isBigEndian = order.elementsEqual("big".utf8)
      }
    }
    self.places = places
    self.isBigEndian = isBigEndian
  }

  /// Storages at known places.
  init(_ places: [ByteName: Place], isBigEndian: Bool) {
    self.places = places
    self.isBigEndian = isBigEndian
  }

  /// The entry of a tensor, checked against the storage it lies in.
  func entry(_ name: ByteName, _ tensor: PickleTensor) throws(Problem) -> TensorEntry {
    let storage = tensor.storage
    let place = "tensor \(name.quoted), storage \(storage.key.quoted)"
    guard let stored = places[storage.key] else {
      throw malformed("torch_storage", place, "the file has no such storage")
    }
    guard let type = storage.type else {
      throw malformed("torch_storage", place, "its element type is not decoded")
    }
    guard type.byteCount(elements: storage.elementCount) == stored.byteCount else {
      throw malformed(
        "torch_storage", place,
        "\(storage.elementCount) elements of \(type) do not fill its \(stored.byteCount) bytes")
    }
    let elements = try checkView(tensor, place)
    let byteCount = elements * type.blockBytes
    var layout = TensorLayout.plain
    if !isRowMajor(tensor), elements > 1 { layout.strides = tensor.strides }
    layout.isBigEndian = isBigEndian && type.blockBytes > 1
    let start = elements == 0 ? 0 : tensor.offset * type.blockBytes
    if let count = stored.storedByteCount {
      layout.compression = TensorLayout.Compression(
        offsetBytes: stored.offset, byteCount: count, inflatedByteCount: stored.byteCount,
        skipBytes: start)
      return TensorEntry(
        name: name, type: type, shape: tensor.shape, byteCount: byteCount, file: 0,
        offsetBytes: stored.offset, layout: layout)
    }
    return TensorEntry(
      name: name, type: type, shape: tensor.shape, byteCount: byteCount, file: 0,
      offsetBytes: stored.offset + start, layout: layout)
  }

  /// Every element lies in the storage, and there are not many more than it holds.
  private func checkView(_ tensor: PickleTensor, _ place: String) throws(Problem) -> Int {
    let available = tensor.storage.elementCount
    guard tensor.shape.count == tensor.strides.count, tensor.offset >= 0,
      tensor.shape.allSatisfy({ $0 >= 0 }), tensor.strides.allSatisfy({ $0 >= 0 })
    else {
      throw malformed(
        "torch_view", place, "size, stride or offset is negative, or they do not match")
    }
    guard let elements = checkedElementCount(tensor.shape),
      elements <= max(available, Self.repeatedElementsMax)
    else {
      throw malformed(
        "torch_view", place,
        "the view has more elements than the \(available) of its storage, and more than "
          + "\(Self.repeatedElementsMax)")
    }
    guard elements > 0 else { return 0 }
    var last = tensor.offset
    for (size, stride) in zip(tensor.shape, tensor.strides) {
      let (span, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
      let (sum, carry) = last.addingReportingOverflow(span)
      guard !overflow, !carry, sum < available else {
        throw malformed("torch_view", place, "size and stride reach beyond the storage")
      }
      last = sum
    }
    guard last < available else {
      throw malformed("torch_view", place, "the offset lies beyond the storage")
    }
    return elements
  }

  private func isRowMajor(_ tensor: PickleTensor) -> Bool {
    var expected = 1
    for (size, stride) in zip(tensor.shape, tensor.strides).reversed() where size != 1 {
      if stride != expected { return false }
      expected *= size
    }
    return true
  }
}
