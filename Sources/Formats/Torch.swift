// PyTorch checkpoints: a ZIP archive with one pickle and the storages it refers to.
//
// Format: torch/serialization.py and caffe2/serialize/inline_container.h (version 1.6 and later):
//     NAME/data.pkl   a pickle whose persistent ids name storages
//     NAME/data/KEY   the bytes of one storage;  NAME/byteorder  "little" or "big"
// Nested dictionaries and lists give tensor names joined with "."; other leaves are skipped.
//
// Nothing is unpickled: PickleMachine follows the stream without running it. If it finds code, no
// tensor is read. Older files (several bare pickles) are recognised, scanned and not read.

import Base

enum Torch {
  static let tensorsMax = 1 << 20
  static let depthMax = 64

  /// Reads a file whose name or content says that it is PyTorch's.
  static func part(_ file: MappedFile, name: String) throws(Problem) -> WeightPart {
    guard ZipArchive.isLikely(file) else { return try bare(file, name: name) }
    return try archive(file, try ZipArchive(file), name: name)
  }

  /// A pickle without an archive around it.
  private static func bare(_ file: MappedFile, name: String) throws(Problem) -> WeightPart {
    var part = WeightPart(files: [file], fileNames: [name], entries: [], isReadable: false)
    if ZipArchive.endsLikeArchive(file) {
      part.findings.append(
        Finding(
          id: "polyglot", severity: .error,
          message: "the file is an archive at its end and something else in front: "
            + "torch and archive tools read different things",
          place: file.path))
    }
    guard let head = file.bytes(at: 0, count: min(file.byteCount, PickleMachine.bytesMax)) else {
      return part
    }
    let scan = PickleScan(head, place: file.path)
    part.findings += scan.findings
    if part.findings.isEmpty {
      throw scan.problem
        ?? malformed("torch_archive", "content", "a pickle that holds no tensors of torch")
    }
    return part
  }

  private static func archive(
    _ file: MappedFile, _ zip: ZipArchive, name: String
  ) throws(Problem) -> WeightPart {
    let pickles = zip.members.filter { isPickle($0.name) }
    guard let pickle = pickles.first, pickles.count == 1 else {
      throw malformed(
        "torch_archive", "data.pkl",
        "\(pickles.count) members are called NAME/data.pkl; one is needed")
    }
    let root = Array(pickle.name.bytes.dropLast("data.pkl".utf8.count))
    var part = WeightPart(files: [file], fileNames: [name], entries: [])
    let bytes = try ZipArchive.read(pickle, file, limitBytes: PickleMachine.bytesMax)
    let scan = PickleScan(bytes, place: "\(file.path): \(pickle.place)")
    part.findings = scan.findings
    part.findings += try unexpected(zip, root, file)
    part.isReadable = !part.findings.contains { $0.severity == .error }
    guard part.isReadable else { return part }
    guard let (machine, value) = scan.first else {
      throw scan.problem ?? malformed("pickle", pickle.place, "the pickle breaks off")
    }
    for member in zip.members where member.isDeflated {
      try ZipArchive.checkCompressed(member, file)
    }
    let storages = try TorchStorages(file, zip, root)
    var walk = TorchWalk(machine: machine)
    try walk.collect(value)
    for (tensorName, tensor) in walk.tensors {
      part.entries.append(try storages.entry(tensorName, tensor))
    }
    part.members = zip.members.map { ArchiveMember(file: 0, member: $0) }
    return part
  }

  private static func isPickle(_ name: ByteName) -> Bool {
    name.hasSuffix("/data.pkl") && name.bytes.filter { $0 == UInt8(ascii: "/") }.count == 1
  }

  /// Members that torch does not write: an error if they are pickles or source code.
  private static func unexpected(
    _ zip: ZipArchive, _ root: [UInt8], _ file: MappedFile
  ) throws(Problem) -> [Finding] {
    let known: Set<ByteName> = [
      "data.pkl", "version", "byteorder", ".format_version", ".storage_alignment",
      ".data/serialization_id",
    ]
    var findings: [Finding] = []
    for member in zip.members {
      let inner = ByteName(bytes: member.name.bytes.dropFirst(root.count))
      if member.name.bytes.starts(with: root), known.contains(inner) || isStorage(inner) {
        continue
      }
      let place = "\(file.path): \(member.place)"
      let bytes = try ZipArchive.read(member, file, limitBytes: PickleMachine.bytesMax)
      let isPickle = PickleScan.isLikely(bytes) || member.name.hasSuffix(".pkl")
      let isCode = isPickle || member.name.hasSuffix(".py") || inner.hasPrefix("code/")
      if isPickle { findings += PickleScan(bytes, place: place).findings }
      findings.append(
        Finding(
          id: "zip-member", severity: isCode ? .error : .warning,
          message: "torch.save writes no such member"
            + (isPickle ? "; it is a pickle" : isCode ? "; it is code" : ""),
          place: place))
    }
    return findings
  }

  private static func isStorage(_ inner: ByteName) -> Bool {
    inner.hasPrefix("data/") && inner.bytes.count > 5
      && inner.bytes.dropFirst(5).allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
  }
}

/// Gathers the tensors below a value, with their names.
private struct TorchWalk {
  let machine: PickleMachine
  var tensors: [(ByteName, PickleTensor)] = []
  private var visits = 0

  /// Values may be shared: without this limit a small file could ask for endless walks.
  static let visitsMax = 8 << 20

  init(machine: PickleMachine) { self.machine = machine }

  mutating func collect(_ root: PickleID) throws(Problem) {
    try visit(root, path: [], depth: 0)
    var seen: Set<ByteName> = []
    for (name, _) in tensors where !seen.insert(name).inserted {
      throw malformed(
        "torch_tensor", "data.pkl, tensor \(name.quoted)", "two tensors have this name")
    }
  }

  private mutating func visit(
    _ id: PickleID, path: [UInt8], depth: Int
  ) throws(Problem) {
    visits += 1
    guard visits <= Self.visitsMax, tensors.count <= Torch.tensorsMax, depth <= Torch.depthMax
    else {
      throw malformed(
        "torch_limits", "data.pkl", "its dictionaries are nested too deeply or share too much")
    }
    switch machine.value(id) {
    case .tensor(let tensor):
      tensors.append((ByteName(bytes: path.isEmpty ? Array("tensor".utf8) : path), tensor))
    case .dictionary(let members):
      for (key, value) in members {
        guard let name = keyText(key) else {
          try refuseTensors(below: value, depth: depth + 1)
          continue
        }
        try visit(value, path: join(path, name), depth: depth + 1)
      }
    case .list(let items), .tuple(let items):
      for (index, item) in items.enumerated() {
        try visit(item, path: join(path, Array(String(index).utf8)), depth: depth + 1)
      }
    default: break
    }
  }

  private func keyText(_ key: PickleID) -> [UInt8]? {
    switch machine.value(key) {
    case .text(let name): name.bytes
    case .int(let number?): Array(String(number).utf8)
    default: nil
    }
  }

  /// A tensor under a key that gives it no name must not vanish, however deep it lies.
  private mutating func refuseTensors(below id: PickleID, depth: Int) throws(Problem) {
    let count = tensors.count
    try visit(id, path: [], depth: depth)
    guard tensors.count == count else {
      throw malformed(
        "torch_tensor", "data.pkl", "a tensor under a key that is neither text nor a number")
    }
  }

  private func join(_ path: [UInt8], _ name: [UInt8]) -> [UInt8] {
    path.isEmpty ? name : path + [UInt8(ascii: ".")] + name
  }
}
