// PyTorch checkpoints: a ZIP archive with one pickle and the storages it refers to.
//
// Format: torch/serialization.py and caffe2/serialize/inline_container.h (version 1.6 and later):
//     NAME/data.pkl   a pickle whose persistent ids name storages
//     NAME/data/KEY   the bytes of one storage;  NAME/byteorder  "little" or "big"
// Nested dictionaries and lists give tensor names joined with "."; other leaves are skipped.
//
// Older files are five pickles in a row and the storages behind them (TorchLegacy.swift).
//
// Nothing is unpickled: PickleMachine follows the stream without running it. What torch's careful
// loader (`weights_only`) would refuse is a finding, and no tensor is read; what it allows is read,
// or the file is reported as weights that are not read.

import Base

enum Torch {
  static let tensorsMax = 1 << 20
  static let depthMax = 64

  /// Reads a file whose name or content says that it is PyTorch's.
  static func part(_ file: MappedFile, name: String, run: Run) throws(Problem) -> WeightPart {
    guard ZipArchive.isLikely(file) else { return try bare(file, name: name, run) }
    return try archive(file, try ZipArchive(file), name: name, run)
  }

  /// A pickle without an archive around it.
  private static func bare(
    _ file: MappedFile, name: String, _ run: Run
  ) throws(Problem) -> WeightPart {
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
    let scan = PickleScan(head, place: file.path, job: run)
    part.findings += scan.findings
    if part.findings.isEmpty, PickleScan.isLegacy(head) {
      return try TorchLegacy(file, head).part(name: name, run: run)
    }
    if part.findings.isEmpty {
      throw scan.problem
        ?? malformed("torch_archive", "content", "a pickle that holds no tensors of torch")
    }
    return part
  }

  private static func archive(
    _ file: MappedFile, _ zip: ZipArchive, name: String, _ run: Run
  ) throws(Problem) -> WeightPart {
    let zip = zip.withoutStatedZeros
    let pickles = zip.members.filter { isPickle($0.name) }
    guard let pickle = pickles.first, pickles.count == 1 else {
      throw malformed(
        "torch_archive", "data.pkl",
        "\(pickles.count) members are called NAME/data.pkl; one is needed")
    }
    let root = Array(pickle.name.bytes.dropLast("data.pkl".utf8.count))
    var part = WeightPart(files: [file], fileNames: [name], entries: [])
    let bytes = try ZipArchive.read(pickle, file, limitBytes: PickleMachine.bytesMax)
    let scan = PickleScan(bytes, place: "\(file.path): \(pickle.place)", job: run)
    part.findings = scan.findings
    part.findings += try unexpected(zip, root, file, run)
    part.isReadable = !part.findings.contains { $0.severity == .error }
    guard part.isReadable else { return part }
    guard let (machine, value) = scan.first else {
      throw scan.problem ?? malformed("pickle", pickle.place, "the pickle breaks off")
    }
    for member in zip.members where member.isDeflated {
      try ZipArchive.checkCompressed(member, file, run: run)
    }
    if let skipped = skipped(zip, root, file, run) {
      part.leaveUnread("the storage of \(skipped.place) was left out when the file was saved")
      return part
    }
    try part.add(machine, value, try TorchStorages(file, zip, root), run)
    part.members = zip.members.map { ArchiveMember(file: 0, member: $0) }
    return part
  }

  /// A storage that was never written: its place is kept, without a CRC.
  private static func skipped(
    _ zip: ZipArchive, _ root: [UInt8], _ file: MappedFile, _ run: Run
  ) -> ZipArchive.Member? {
    zip.members.first { member in
      member.crc == 0 && !member.isUnchecked && member.byteCount > 0
        && member.name.bytes.starts(with: root)
        && isStorage(ByteName(bytes: member.name.bytes.dropFirst(root.count)))
        && (try? ZipArchive.verify(member, file, run: run)) == nil
    }
  }

  private static func isPickle(_ name: ByteName) -> Bool {
    name.hasSuffix("/data.pkl") && name.bytes.filter { $0 == UInt8(ascii: "/") }.count == 1
  }

  /// Members that torch does not write: an error if they are pickles or source code.
  private static func unexpected(
    _ zip: ZipArchive, _ root: [UInt8], _ file: MappedFile, _ run: Run
  ) throws(Problem) -> [Finding] {
    let known: Set<ByteName> = [
      "data.pkl", "version", "byteorder", ".format_version", ".storage_alignment",
      ".data/serialization_id",
    ]
    var findings: [Finding] = []
    for member in zip.members {
      try run.check()
      let inner = ByteName(bytes: member.name.bytes.dropFirst(root.count))
      if member.name.bytes.starts(with: root), known.contains(inner) || isStorage(inner) {
        continue
      }
      let place = "\(file.path): \(member.place)"
      let bytes = try ZipArchive.read(member, file, limitBytes: PickleMachine.bytesMax)
      let isPickle = PickleScan.isLikely(bytes) || member.name.hasSuffix(".pkl")
      let isCode = isPickle || member.name.hasSuffix(".py") || inner.hasPrefix("code/")
      if isPickle { findings += PickleScan(bytes, place: place, job: run).findings }
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

extension ZipArchive {
  /// The same archive, of which the members are not held to CRCs if torch wrote none at all.
  fileprivate var withoutStatedZeros: ZipArchive {
    guard members.allSatisfy({ $0.crc == 0 }) else { return self }
    return ZipArchive(
      members.map { member in
        var unchecked = member
        unchecked.isUnchecked = true
        return unchecked
      })
  }
}

extension WeightPart {
  /// Takes the tensors below a value; if any of them is not decoded, the file counts as not read.
  mutating func add(
    _ machine: PickleMachine, _ value: PickleID, _ storages: TorchStorages, _ run: Run
  ) throws(Problem) {
    var walk = TorchWalk(machine: machine)
    walk.collect(value)
    for (index, (tensorName, tensor)) in walk.tensors.enumerated() {
      if index & 0xFFF == 0 { try run.check() }
      entries.append(try storages.entry(tensorName, tensor))
    }
    if let reason = walk.unread { leaveUnread(reason) }
  }

  /// Weights that loading allows and that are not read here.
  mutating func leaveUnread(_ reason: String) {
    isReadable = false
    findings.append(
      Finding(
        id: "weights.unread", severity: .warning,
        message: "the weights are not read: \(reason)", place: files[0].path))
  }
}
