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
  static func detect(_ file: MappedFile) -> WeightKind? {
    if GGUF.isLikely(file) { return .gguf }
    if SafeTensors.isLikely(file) { return .safetensors }
    return promised(by: FileSystem.lastComponent(file.path))
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
  /// False if findings forbid to take tensors from it.
  var isReadable = true

  /// The part as a whole model; nil if it must not be read.
  func model(path: String, format: ModelFormat) throws(Problem) -> OpenModel? {
    guard isReadable else { return nil }
    return OpenModel(
      path: path, format: format, files: files, fileNames: fileNames, tensors: entries,
      ggufMetadata: ggufMetadata)
  }
}

/// Reads a file of a known kind. `name` is what it is called in places and listings, `directory`
/// where files lie that it may refer to.
func readPart(
  _ kind: WeightKind, _ file: MappedFile, name: String, directory: String
) throws(Problem) -> WeightPart {
  do throws(Problem) {
    switch kind {
    case .safetensors:
      return WeightPart(
        files: [file], fileNames: [name], entries: try SafeTensors.entries(of: file))
    case .gguf:
      let gguf = try GGUF(file)
      return WeightPart(
        files: [file], fileNames: [name], entries: gguf.tensors, ggufMetadata: gguf.metadata)
    case .torch, .numpy, .onnx:
      throw malformed("unknown_format", "content", "this format is not read yet")
    }
  } catch {
    throw error.at(file.path)
  }
}
