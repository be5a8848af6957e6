// The storages of a PyTorch archive, and the views that tensors are on them.

import Base

struct TorchStorages {
  private let members: [ByteName: ZipArchive.Member]
  private let root: [UInt8]
  private let isBigEndian: Bool

  init(_ file: MappedFile, _ zip: ZipArchive, _ root: [UInt8]) throws(Problem) {
    self.root = root
    members = Dictionary(
      zip.members.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var isBigEndian = false
    if let member = members[ByteName(bytes: root + Array("byteorder".utf8))] {
      let order = try ZipArchive.read(member, file, limitBytes: 64)
      guard order.elementsEqual("little".utf8) || order.elementsEqual("big".utf8) else {
        throw malformed("torch_archive", member.place, "the byte order is neither little nor big")
      }
      isBigEndian = order.elementsEqual("big".utf8)
    }
    self.isBigEndian = isBigEndian
  }

  /// The entry of a tensor, checked against the storage it lies in.
  func entry(_ name: ByteName, _ tensor: PickleTensor) throws(Problem) -> TensorEntry {
    let storage = tensor.storage
    let key = ByteName(bytes: root + Array("data/".utf8) + storage.key.bytes)
    let place = "tensor \(name.quoted), storage \(key.quoted)"
    guard !storage.key.bytes.isEmpty, storage.key.bytes.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
      let member = members[key]
    else { throw malformed("torch_storage", place, "the archive has no such storage") }
    let type = storage.type
    guard type.byteCount(elements: storage.elementCount) == member.byteCount else {
      throw malformed(
        "torch_storage", place,
        "\(storage.elementCount) elements of \(type) do not fill its \(member.byteCount) bytes")
    }
    guard !name.bytes.isEmpty, !name.bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }),
      String(validating: name.bytes, as: UTF8.self) != nil
    else {
      throw malformed(
        "torch_tensor", place, "the name is empty, not UTF-8 or has control characters")
    }
    let elements = try checkView(tensor, place)
    let byteCount = elements * type.blockBytes
    var layout = TensorLayout.plain
    if !isRowMajor(tensor), elements > 1 { layout.strides = tensor.strides }
    layout.isBigEndian = isBigEndian && type.blockBytes > 1
    let start = elements == 0 ? 0 : tensor.offset * type.blockBytes
    if member.isDeflated {
      layout.compression = TensorLayout.Compression(
        offsetBytes: member.dataOffset, byteCount: member.storedByteCount,
        inflatedByteCount: member.byteCount, skipBytes: start)
      return TensorEntry(
        name: name, type: type, shape: tensor.shape, byteCount: byteCount, file: 0,
        offsetBytes: member.dataOffset, layout: layout)
    }
    return TensorEntry(
      name: name, type: type, shape: tensor.shape, byteCount: byteCount, file: 0,
      offsetBytes: member.dataOffset + start, layout: layout)
  }

  /// Every element lies in the storage, and none is counted more often than it is there.
  private func checkView(_ tensor: PickleTensor, _ place: String) throws(Problem) -> Int {
    let available = tensor.storage.elementCount
    guard tensor.shape.count == tensor.strides.count, tensor.offset >= 0,
      tensor.shape.allSatisfy({ $0 >= 0 }), tensor.strides.allSatisfy({ $0 >= 0 })
    else {
      throw malformed(
        "torch_view", place, "size, stride or offset is negative, or they do not match")
    }
    guard let elements = checkedElementCount(tensor.shape), elements <= available else {
      throw malformed(
        "torch_view", place, "the view has more elements than the \(available) of its storage")
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
