// The kinds of weight files: how they are told apart, and what reading one yields.

import Base

/// A kind of file that can hold weights, in the order in which a directory prefers them.
enum WeightKind: Int, CaseIterable, Sendable {
  case safetensors, gguf, torch, numpy, onnx

  var format: ModelFormat {
    switch self {
    case .safetensors: .safetensors
    case .gguf: .gguf
    case .torch: .torch
    case .numpy: .npz
    case .onnx: .onnx
    }
  }

  /// File name endings by which a directory finds candidates. The content decides.
  private var endings: [String] {
    switch self {
    case .safetensors: [".safetensors"]
    case .gguf: [".gguf"]
    case .torch: [".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"]
    case .numpy: [".npz", ".npy"]
    case .onnx: [".onnx"]
    }
  }

  /// What the name of a file promises.
  static func promised(by name: String) -> WeightKind? {
    let lower = name.lowercased()
    return allCases.first { kind in kind.endings.contains { lower.hasSuffix($0) } }
  }

  /// What a single file is: by its content, else by its name, so that a damaged file is read by
  /// the reader that can say what is wrong with it.
  /// - Parameter name: what the model calls it; in a cache it lies under another name.
  static func detect(_ file: MappedFile, named name: String) -> WeightKind? {
    let promise = promised(by: name)
    if GGUF.isLikely(file) { return .gguf }
    if SafeTensors.isLikely(file) { return .safetensors }
    if file.bytes(at: 0, count: NPY.magic.count) == NPY.magic { return .numpy }
    if ZipArchive.isLikely(file) { return promise ?? archiveKind(file) }
    if PickleScan.isLikely(file.bytes(at: 0, count: min(2, file.byteCount)) ?? []) { return .torch }
    // ".bin" is also what others call their files: without a pickle it is not ours.
    return promise == .torch && name.lowercased().hasSuffix(".bin") && !looksLikePickle(file)
      ? nil : promise
  }

  private static func archiveKind(_ file: MappedFile) -> WeightKind? {
    guard let zip = try? ZipArchive(file) else { return .torch }
    if zip.members.contains(where: { $0.name.hasSuffix("data.pkl") }) { return .torch }
    return zip.members.contains { $0.name.hasSuffix(".npy") } ? .numpy : nil
  }

  /// Whether a symbolic run gets anywhere: to STOP, or to something that runs code.
  private static func looksLikePickle(_ file: MappedFile) -> Bool {
    let count = min(file.byteCount, PickleMachine.bytesMax)
    guard count > 0, let bytes = file.bytes(at: 0, count: count) else { return false }
    let scan = PickleScan(bytes, place: file.path, job: Run())
    return scan.first != nil || !scan.findings.isEmpty
  }
}

/// What one weight file (with the files it refers to) holds.
struct WeightPart: Sendable {
  var files: [MappedFile]
  var fileNames: [String]
  /// Their `file` indexes into `files`.
  var entries: [TensorEntry]
  var ggufMetadata: [ByteName: GGUFValue] = [:]
  var findings: [Finding] = []
  /// Members of archives, for checking their CRCs.
  var members: [ArchiveMember] = []
  /// False if findings forbid to take tensors from it.
  var isReadable = true

  /// The part as a whole model; nil if it must not be read.
  func model(at place: ModelLocation, format: ModelFormat) throws(Problem) -> OpenModel? {
    guard isReadable else { return nil }
    return OpenModel(
      place: place, format: format, files: files, fileNames: fileNames, tensors: entries,
      ggufMetadata: ggufMetadata, archiveMembers: members)
  }
}

/// Reads a file of a known kind; ends soon after the run is no longer wanted. `name` is what it is
/// called in places and listings, `beside` where files lie that it may refer to.
func readPart(
  _ kind: WeightKind, _ file: MappedFile, name: String, beside: ExternalFiles, run: Run
) throws(Problem) -> WeightPart {
  do throws(Problem) {
    let part = try readPart(of: kind, file, name, beside, run)
    try run.check()
    return part
  } catch {
    // What broke off on request gives another reason.
    try run.check()
    throw error.at(file.path)
  }
}

private func readPart(
  of kind: WeightKind, _ file: MappedFile, _ name: String, _ beside: ExternalFiles, _ run: Run
) throws(Problem) -> WeightPart {
  switch kind {
  case .safetensors:
    return WeightPart(
      files: [file], fileNames: [name], entries: try SafeTensors.entries(of: file, run: run))
  case .gguf:
    let gguf = try GGUF(file, run: run)
    return WeightPart(
      files: [file], fileNames: [name], entries: gguf.tensors, ggufMetadata: gguf.metadata)
  case .torch: return try Torch.part(file, name: name, run: run)
  case .numpy: return try NPZ.part(file, name: name, run: run)
  case .onnx: return try ONNX.part(file, name: name, beside: beside, run: run)
  }
}
