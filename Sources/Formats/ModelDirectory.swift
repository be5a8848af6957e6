// Which files of a directory are the model.
//
// Rules: pipes and sockets anywhere in it are refused, and links but those that a scope lets pass
// (`LinkScope`); such a link is the file it ends in. An index (`*.safetensors.index.json`)
// decides; else the first kind present at the top level of safetensors, GGUF, PyTorch, NumPy, ONNX
// gives the tensors, all files of that kind together, and a tensor name in two files is an error.
// Other weights, weights in folders below, and what training left behind are named in
// `otherWeights`. Every file counts as part of the model.

import Base

struct ModelDirectory {
  let path: String
  /// All files, relative, sorted by bytes.
  let files: [String]
  /// What each file was when it was listed, by its name and by where it lies.
  private let stamps: [String: FileStamp]
  private let stampsByLocation: [String: FileStamp]
  /// Where the files lie that are links.
  let targets: [String: String]

  static let indexEnding = ".safetensors.index.json"

  init(_ path: String, links: LinkScope = .none) throws(Problem) {
    self.path = path
    var files: [String] = []
    var targets: [String: String] = [:]
    for (name, kind) in try FileSystem.walk(path) {
      if kind == .link, let target = links.file(of: FileSystem.join(path, name)) {
        targets[name] = target
      } else if kind != .file {
        throw Problem(
          .malformed, "not_a_file", place: FileSystem.join(path, name),
          reason: kind == .link ? "this is a symbolic link" : "this is neither a file nor a folder",
          remedy: "copy the model with its links resolved (`cp -rL`) and without pipes or sockets")
      }
      files.append(name)
    }
    self.files = files
    self.targets = targets
    var stamps: [String: FileStamp] = [:]
    var stampsByLocation: [String: FileStamp] = [:]
    for name in files {
      let location = targets[name] ?? FileSystem.join(path, name)
      stamps[name] = FileSystem.stamp(of: location)
      stampsByLocation[location] = stamps[name]
    }
    self.stamps = stamps
    self.stampsByLocation = stampsByLocation
  }

  /// A file, mapped. Throws `changed` if it is not the one that was listed.
  private func open(_ name: String) throws(Problem) -> MappedFile {
    let file = try MappedFile(path: location(of: name))
    try file.check(is: stamps[name])
    return file
  }

  /// Holds the files of a part to the list, those that other files refer to among them.
  private func check(_ part: WeightPart) throws(Problem) {
    for file in part.files { try file.check(is: stampsByLocation[file.path]) }
  }

  /// Where a file of the model lies.
  func location(of name: String) -> String { targets[name] ?? FileSystem.join(path, name) }

  func contents() throws(Problem) -> ModelContents {
    let candidates = try weightFiles()
    let topLevel = candidates.filter {
      !$0.name.contains("/") && !PickleAllowance.isFromTraining($0.name)
    }
    let index = files.filter { !$0.contains("/") && $0.hasSuffix(Self.indexEnding) }
    let kind = index.isEmpty ? topLevel.map(\.kind).min { $0.rawValue < $1.rawValue } : .safetensors
    let chosen = topLevel.filter { $0.kind == kind }.map(\.name)
    let others = candidates.filter { !chosen.contains($0.name) }
    let adapter = try readAdapter(chosen)
    guard let kind else {
      return try contents(format: nil, part: nil, model: nil, others: others, adapter: adapter)
    }
    if index.count > 1 {
      throw Problem(
        .malformed, "ambiguous_model", place: FileSystem.join(path, index[1]),
        reason: "there are two indexes: \(index[0]) and \(index[1])",
        remedy: "keep one model in a directory")
    }
    let part =
      if let index = index.first {
        try ShardIndex(directory: path, name: index, locate: location(of:)).read(present: chosen)
      } else {
        try union(of: chosen, kind)
      }
    try check(part)
    let format = adapter == nil ? kind.format : .peft
    return try contents(
      format: format, part: part, model: try part.model(path: path, format: format),
      others: others, adapter: adapter)
  }

  private func contents(
    format: ModelFormat?, part: WeightPart?, model: OpenModel?,
    others: [(name: String, kind: WeightKind)], adapter: Adapter?
  ) throws(Problem) -> ModelContents {
    ModelContents(
      path: path, isDirectory: true, files: files, stamps: stamps, targets: targets,
      format: format, model: model,
      findings: part?.findings ?? [],
      otherWeights: others.map(\.name), adapter: adapter)
  }

  /// The files that hold weights: those whose name promises it (a `.bin` only if its content
  /// agrees), and any other that begins like a pickle.
  private func weightFiles() throws(Problem) -> [(name: String, kind: WeightKind)] {
    var found: [(name: String, kind: WeightKind)] = []
    for name in files {
      let promise = WeightKind.promised(by: name)
      if let promise, promise != .torch {
        found.append((name, promise))
        continue
      }
      let file = try open(name)
      let head = file.bytes(at: 0, count: min(2, file.byteCount)) ?? []
      if promise != nil ? WeightKind.detect(file) != nil : PickleScan.isLikely(head) {
        found.append((name, .torch))
      }
    }
    return found
  }

  /// All files of one kind as one model.
  private func union(of names: [String], _ kind: WeightKind) throws(Problem) -> WeightPart {
    var whole = WeightPart(files: [], fileNames: [], entries: [])
    var owner: [ByteName: String] = [:]
    var pieces: [GGUFPieces.Piece] = []
    for name in names {
      let part = try readPart(kind, try open(name), name: name, directory: path)
      for entry in part.entries {
        if let first = owner.updateValue(name, forKey: entry.name) {
          throw Problem(
            .malformed, "ambiguous_model",
            place: FileSystem.join(path, name) + ": tensor \(entry.name.quoted)",
            reason: "the tensor is also in \(first); these look like two models in one directory",
            remedy: "keep one model in a directory, or give one file")
        }
      }
      whole.add(part)
      pieces.append(
        GGUFPieces.Piece(
          name: name, metadata: part.ggufMetadata, tensorCount: part.entries.count))
    }
    if kind == .gguf {
      do throws(Problem) { try GGUFPieces.check(pieces) } catch { throw error.at(path) }
    }
    return whole
  }

  private func readAdapter(_ chosen: [String]) throws(Problem) -> Adapter? {
    guard files.contains(Adapter.fileName), !chosen.isEmpty,
      chosen.allSatisfy(Adapter.weightNames.contains)
    else { return nil }
    let place = FileSystem.join(path, Adapter.fileName)
    return try Adapter(
      reading: try FileSystem.read(
        location(of: Adapter.fileName), limitBytes: Adapter.bytesMax), file: place)
  }
}

extension WeightPart {
  /// Puts another part's files and tensors behind these.
  mutating func add(_ part: WeightPart) {
    let shift = files.count
    if files.isEmpty { ggufMetadata = part.ggufMetadata }
    files += part.files
    fileNames += part.fileNames
    entries += part.entries.map { $0.moved(toFile: $0.file + shift) }
    findings += part.findings
    members += part.members.map { ArchiveMember(file: $0.file + shift, member: $0.member) }
    isReadable = isReadable && part.isReadable
  }
}
