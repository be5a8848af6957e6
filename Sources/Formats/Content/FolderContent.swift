// The look at every file of a model: hidden ones, at every depth, whatever they are called.
//
// Files whose tensors were read are known. Every other file is told by its content: weights that
// can be read are read for what hides in them, the rest is looked at as `ContentLook` says, and
// what nobody can read is named. Then it is asked which code the files make a loader run.
//
// Promises: every file is either known harmless, read, or a finding; the same findings at any
// number of threads.

import Base

enum FolderContent {
  /// The findings about all files that `contents` lists.
  static func findings(of contents: ModelContents, run: Run) throws(Problem) -> [Finding] {
    let known = Set((contents.model?.fileNames ?? []).map { ByteName($0) })
    let threads = min(run.threads, ContentLimits.threadsMax)
    let looks = try run.on(threads: threads).map(contents.files.count) { (index) throws(Problem) in
      let name = contents.files[index]
      let isRead = known.contains(ByteName(name))
      return try FileLook(name: name, isRead: isRead, contents: contents, run: run)
    }
    let data = Set(looks.flatMap(\.covered).map { ByteName($0) })
    var code = LoadedCode()
    var findings: [Finding] = []
    for (index, look) in looks.enumerated() {
      code.merge(look.code)
      // External data of another file was read with it.
      guard !data.contains(ByteName(contents.files[index])) else { continue }
      findings += look.findings
    }
    findings += GGUFPieces.findings(of: contents, besides: known)
    let loaded = code.loaded()
    findings.removeAll { $0.id == "code.present" && loaded.covered.contains($0.place ?? "") }
    return counted(findings + loaded.findings)
  }

  /// What would be listed beyond a number that a person reads is counted instead.
  private static func counted(_ findings: [Finding]) -> [Finding] {
    var counts = FindingCounts()
    let listed = findings.filter { counts.count($0) }
    return listed + counts.unlisted
  }
}

/// The look at one file of a folder.
private struct FileLook: Sendable {
  private(set) var findings: [Finding] = []
  private(set) var code = LoadedCode()
  /// Files that were read as part of this one.
  private(set) var covered: [String] = []

  init(
    name: String, isRead: Bool, contents: ModelContents, run: Run
  ) throws(Problem) {
    let file = try contents.open(name)
    let place = ContentPlace(file: name)
    var look = ContentLook(fileByteCount: file.byteCount, run: run)
    if isRead {
      if contents.model?.fileNames.first == name {
        look.scanTemplates(in: contents.model?.ggufMetadata ?? [:], place)
      }
      file.withBytes { bytes in
        look.scanWeights(bytes, ContentKind.detect(bytes, at: place), place)
        look.lookAtTail(of: bytes, place)
      }
    } else if let kind = Self.weights(in: file, place, run) {
      try read(kind, file, place, contents, run, &look)
    } else {
      file.withBytes { look.look($0, at: place) }
    }
    try file.checkUnchanged()
    findings = look.findings.map { $0.about(file: name) }
    code = look.code
  }

  /// The reader of weights that a file is for; nil if it is for the look alone.
  private static func weights(
    in file: MappedFile, _ place: ContentPlace, _ run: Run
  ) -> WeightKind? {
    guard PickleAllowance(file: place) == .tensors else { return nil }
    return file.withBytes { bytes in
      switch ContentKind.detect(bytes, at: place, run: run) {
      case .weights(let kind): kind
      case .pickle: .torch
      case .container(.zip):
        ZipListing(bytes).flatMap { TorchLayout($0.items.map(\.name), of: place) }
          .flatMap { $0.isScript ? nil : .torch }
      case .unknown:
        WeightKind.promised(by: place.name).flatMap {
          $0 == .safetensors || $0 == .gguf ? $0 : nil
        }
      default: nil
      }
    }
  }

  /// Weights beside the ones that the tensors were taken from: a loader may prefer them.
  private mutating func read(
    _ kind: WeightKind, _ file: MappedFile, _ place: ContentPlace, _ contents: ModelContents,
    _ run: Run, _ look: inout ContentLook
  ) throws(Problem) {
    do throws(Problem) {
      let part = try readPart(
        kind, file, name: place.file,
        beside: ExternalFiles(of: place.file, in: contents.place), run: run)
      look.add(part.findings)
      look.scanTemplates(in: part.ggufMetadata, place)
      covered = part.fileNames.filter { $0 != place.file }
      file.withBytes { bytes in
        if kind == .onnx { look.scanWeights(bytes, .weights(.onnx), place) }
        look.lookAtTail(of: bytes, place)
      }
    } catch {
      try run.check()
      switch kind {
      case .safetensors, .gguf:
        look.add(
          "malformed-extra", .error,
          "weights beside the model that cannot be read: \(error.reason) "
            + "(\(error.place ?? place.text))", place)
      case .torch, .numpy, .onnx:
        file.withBytes { look.look($0, at: place) }
        guard !look.findings.contains(where: { $0.severity == .error }), kind != .torch else {
          return
        }
        look.drop("weights.unread", at: [place.text])
        look.unreadWeights(error.reason, place)
      }
    }
  }
}

extension Finding {
  /// The same, with the file of the model that it is about, unless another is named already.
  func about(file: String) -> Finding {
    guard details["file"] == nil else { return self }
    var other = self
    other.details["file"] = .string(file)
    return other
  }
}
