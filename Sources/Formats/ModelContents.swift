// Everything a model's path holds: its files, its tensors, weights of a second kind, and what a
// careful reader noticed.

import Base

/// What was found at a path.
public struct ModelContents: Sendable {
  /// The path as it was given.
  public let path: String
  public let isDirectory: Bool
  /// Every file that makes up the model, relative to the directory (or the file's own name),
  /// sorted by bytes.
  public let files: [String]
  /// What each file was when the model was listed. Whoever opens one later holds it to this, so
  /// that a file or a folder that was exchanged meanwhile is an error.
  public let stamps: [String: FileStamp]
  /// Where the files lie that are links, each with its links resolved.
  let targets: [String: String]
  /// Nil if there are no weights.
  public let format: ModelFormat?
  /// Nil if there are no weights, or if findings forbid to read them.
  public let model: OpenModel?
  public let findings: [Finding]
  /// Weights beside the ones the tensors were taken from.
  public let otherWeights: [String]
  public let adapter: Adapter?

  /// Where `files[index]` lies on this machine.
  public func location(of file: String) -> String {
    targets[file] ?? FileSystem.join(isDirectory ? path : FileSystem.directoryName(path), file)
  }

  /// A file, mapped. Throws `changed` if it is not the one that was listed.
  public func open(_ file: String) throws(Problem) -> MappedFile {
    let mapped = try MappedFile(path: location(of: file))
    try mapped.check(is: stamps[file])
    return mapped
  }

  /// Reads what is at `path`. Throws for what is malformed or unreadable.
  /// - Parameter links: which links inside a model are followed.
  public static func read(
    _ path: String, links: LinkScope = .none
  ) throws(Problem) -> ModelContents {
    switch FileSystem.kind(of: path) {
    case nil:
      throw Problem(
        .malformed, "not_found", place: path, reason: "there is no such file or directory",
        remedy: "check the path")
    case .directory: return try ModelDirectory(path, links: links).contents()
    case .link: return try link(path, links: links)
    case .file, .other: return try singleFile(path)
    }
  }

  /// The files of a model and the directory they lie in, without looking into any.
  public static func list(_ path: String) throws(Problem) -> (files: [String], directory: String) {
    if FileSystem.kind(of: path) == .link { return try list(try FileSystem.realPath(path)) }
    if FileSystem.kind(of: path) == .directory { return (try ModelDirectory(path).files, path) }
    _ = try MappedFile(path: path)
    return ([FileSystem.lastComponent(path)], FileSystem.directoryName(path))
  }

  /// A link that the user names is the user's choice.
  private static func link(_ path: String, links: LinkScope) throws(Problem) -> ModelContents {
    let target = try FileSystem.realPath(path)
    return FileSystem.kind(of: target) == .directory
      ? try ModelDirectory(target, links: links).contents() : try singleFile(target)
  }

  private static func singleFile(_ path: String) throws(Problem) -> ModelContents {
    let name = FileSystem.lastComponent(path)
    let file = try MappedFile(path: path)
    guard let kind = WeightKind.detect(file) else {
      throw Problem(
        .malformed, "unknown_format", place: path,
        reason: file.byteCount == 0
          ? "the file is empty" : "this is no model file that Assay can read",
        remedy: "give a safetensors, GGUF, PyTorch, NumPy or ONNX file, or a model directory")
    }
    let directory = FileSystem.directoryName(path)
    let part = try readPart(kind, file, name: name, directory: directory)
    let model = try part.model(path: path, format: kind.format)
    let stamps = zip(part.fileNames, part.files).map { ($0, $1.stamp) }
    return ModelContents(
      path: path, isDirectory: false, files: part.fileNames.sorted { ByteName($0) < ByteName($1) },
      stamps: Dictionary(stamps, uniquingKeysWith: { first, _ in first }), targets: [:],
      format: kind.format, model: model, findings: part.findings, otherWeights: [], adapter: nil)
  }
}

/// The configuration of a PEFT adapter, as far as it says what the adapter belongs to.
public struct Adapter: Sendable, Equatable {
  /// The members `peft_type`, `base_model_name_or_path`, `r` and `lora_alpha` that are there.
  public let json: JSONObject

  public var type: String? { json["peft_type"]?.string }
  /// The model it says it was trained on.
  public var baseModel: String? { json["base_model_name_or_path"]?.string }

  static let fileName = "adapter_config.json"
  static let weightNames: Set<String> = ["adapter_model.safetensors", "adapter_model.bin"]
  static let bytesMax = 1 << 20

  init(reading bytes: [UInt8], file: String) throws(Problem) {
    let document: JSON
    do { document = try JSON.parse(bytes) } catch { throw error.problem(file: file) }
    guard let object = document.object else {
      throw Problem(
        .malformed, "adapter_config", place: file, reason: "the document is not an object",
        remedy: "save the adapter again with the PEFT library")
    }
    let wanted = ["peft_type", "base_model_name_or_path", "r", "lora_alpha"]
    json = JSONObject(wanted.compactMap { key in object[key].map { (key, $0) } })
  }
}
