// Which files of a directory are the model.
//
// Rules: an index (`*.safetensors.index.json`) decides; else the first kind present at the top
// level of safetensors, GGUF, PyTorch, NumPy, ONNX gives the tensors, all files of that kind
// together, and a tensor name in two files is an error. Where a layout says which files are the
// weights, they are. Where the only weights are ONNX in folders below, they are the model.
// Other weights, weights in folders below, and what training left behind are named in
// `otherWeights`. Every file counts as part of the model.

import Base

struct ModelDirectory {
  private let model: ModelLocation
  /// For messages.
  private let path: String
  private let run: Run
  /// All files, relative, sorted by bytes.
  let files: [String]
  /// What each file was when it was listed, by its name and by where it lies.
  private let stamps: [String: FileStamp]
  private let stampsByLocation: [String: FileStamp]

  static let indexEnding = ".safetensors.index.json"

  init(_ model: ModelLocation, run: Run) {
    self.model = model
    self.run = run
    path = model.directory
    files = model.files.map(\.name)
    var stamps: [String: FileStamp] = [:]
    var stampsByLocation: [String: FileStamp] = [:]
    for file in model.files + model.companions {
      let stamp = FileSystem.stamp(of: file.location)
      stamps[file.name] = stamp
      stampsByLocation[file.location] = stamp
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
  func location(of name: String) -> String {
    model.file(name)?.location ?? FileSystem.join(path, name)
  }

  func contents() throws(Problem) -> ModelContents {
    guard model.isFolder else { return try bareFile() }
    let candidates = try weightFiles()
    let topLevel = candidates.filter {
      !$0.name.contains("/") && !PickleAllowance.isFromTraining($0.name)
    }
    let index = files.filter { !$0.contains("/") && $0.hasSuffix(Self.indexEnding) }
    let told = model.weights.map { names in candidates.filter { names.contains($0.name) } }
    let isBare = told == nil && topLevel.isEmpty && index.isEmpty
    let meant = isBare ? try onnx(in: candidates) : told ?? topLevel
    let kind =
      index.isEmpty || told != nil
      ? meant.map(\.kind).min { $0.rawValue < $1.rawValue } : .safetensors
    let chosen = meant.filter { $0.kind == kind }.map(\.name)
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
        try ShardIndex(model, directory: path, name: index, run: run).read(present: chosen)
      } else {
        try union(of: chosen, kind)
      }
    try check(part)
    let format = adapter == nil ? kind.format : .peft
    return try contents(
      format: format, part: part, model: try part.model(at: model, format: format),
      others: others, adapter: adapter)
  }

  /// One file, told by its content, or the pieces of one model.
  private func bareFile() throws(Problem) -> ModelContents {
    let name = files[0]
    let file = try open(name)
    guard let kind = WeightKind.detect(file, named: name) else {
      throw Problem(
        .malformed, "unknown_format", place: model.place(of: name),
        reason: file.byteCount == 0
          ? "the file is empty" : "this is no model file that Assay can read",
        remedy: "give a safetensors, GGUF, PyTorch, NumPy or ONNX file, or a model directory")
    }
    let part =
      kind != .gguf
      ? try readPart(kind, file, name: name, beside: ExternalFiles(of: name, in: model), run: run)
      : try union(of: files, kind)
    return try contents(
      format: kind.format, part: part, model: try part.model(at: model, format: kind.format),
      others: [], adapter: nil)
  }

  private func contents(
    format: ModelFormat?, part: WeightPart?, model: OpenModel?,
    others: [(name: String, kind: WeightKind)], adapter: Adapter?
  ) throws(Problem) -> ModelContents {
    // External data of a bare ONNX file lies beside it and belongs to it.
    let referred = self.model.isFolder ? [] : part?.fileNames.filter { !files.contains($0) } ?? []
    var stamps = self.stamps
    for (name, file) in zip(part?.fileNames ?? [], part?.files ?? []) where stamps[name] == nil {
      stamps[name] = file.stamp
    }
    return ModelContents(
      place: self.model, files: (files + referred).sorted { ByteName($0) < ByteName($1) },
      stamps: stamps, format: format, model: model,
      findings: part?.findings ?? [],
      otherWeights: others.map(\.name), adapter: adapter)
  }

  /// The files that hold weights: those whose name promises it (a `.bin` only if its content
  /// agrees), and any other that begins like a pickle.
  private func weightFiles() throws(Problem) -> [(name: String, kind: WeightKind)] {
    var found: [(name: String, kind: WeightKind)] = []
    for name in files {
      try run.check()
      let promise = WeightKind.promised(by: name)
      if let promise, promise != .torch {
        found.append((name, promise))
        continue
      }
      let file = try open(name)
      let head = file.bytes(at: 0, count: min(2, file.byteCount)) ?? []
      if promise != nil ? WeightKind.detect(file, named: name) != nil : PickleScan.isLikely(head) {
        found.append((name, .torch))
      }
    }
    return found
  }

  /// The ONNX model in a folder below, where nothing else can be meant: many repositories keep it
  /// in `onnx/`, often beside quantisations of it. Throws `several_models` if one must be chosen.
  private func onnx(
    in candidates: [(name: String, kind: WeightKind)]
  ) throws(Problem) -> [(name: String, kind: WeightKind)] {
    let weights = candidates.filter {
      !PickleAllowance.isFromTraining(FileSystem.lastComponent($0.name))
    }
    guard weights.allSatisfy({ $0.kind == .onnx }) else { return [] }
    guard weights.count > 1 else { return weights }
    throw Problem.several(models: weights.map(\.name), in: path)
  }

  /// All files of one kind as one model.
  private func union(of names: [String], _ kind: WeightKind) throws(Problem) -> WeightPart {
    var whole = WeightPart(files: [], fileNames: [], entries: [])
    var owner: [ByteName: String] = [:]
    var pieces: [GGUFPieces.Piece] = []
    for name in names {
      let part = try readPart(
        kind, try open(name), name: name, beside: ExternalFiles(of: name, in: model), run: run)
      // The readers of these two have seen to it that names within a file are unique.
      let isUnique = names.count == 1 && (kind == .safetensors || kind == .gguf)
      for entry in isUnique ? [] : part.entries {
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
    entries += shift == 0 ? part.entries : part.entries.map { $0.moved(toFile: $0.file + shift) }
    findings += part.findings
    members += part.members.map { ArchiveMember(file: $0.file + shift, member: $0.member) }
    isReadable = isReadable && part.isReadable
  }
}
