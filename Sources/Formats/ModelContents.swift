// Everything a model's path holds: its files, its tensors, weights of a second kind, and what a
// careful reader noticed.

import Base

/// What was found at a path.
public struct ModelContents: Sendable {
  /// Where it was found: layout, names, and what lies beside it.
  public let place: ModelLocation
  /// Every file that makes up the model, relative to the directory (or the file's own name),
  /// sorted by bytes.
  public let files: [String]
  /// What each file, and each that speaks of a bare one, was when the model was listed. Whoever
  /// opens one later holds it to this, so that a file or a folder that was exchanged meanwhile is
  /// an error.
  public let stamps: [String: FileStamp]
  /// Nil if there are no weights.
  public let format: ModelFormat?
  /// Nil if there are no weights, or if findings forbid to read them.
  public let model: OpenModel?
  public let findings: [Finding]
  /// Weights beside the ones the tensors were taken from.
  public let otherWeights: [String]
  public let adapter: Adapter?

  /// The path as it was given.
  public var path: String { place.path }
  /// Whether the files are those of a folder.
  public var isDirectory: Bool { place.isFolder }

  /// Where a file lies on this machine.
  public func location(of file: String) -> String {
    place.location(referredTo: file) ?? FileSystem.join(place.directory, file)
  }

  /// A file, mapped. Throws `changed` if it is not the one that was listed.
  public func open(_ file: String) throws(Problem) -> MappedFile {
    let mapped = try MappedFile(path: location(of: file))
    try mapped.check(is: stamps[file])
    return mapped
  }

  /// Reads what was named. Throws for what is malformed or unreadable, and once the run is no
  /// longer wanted.
  public static func read(
    _ address: ModelAddress, run: Run = Run()
  ) throws(Problem) -> ModelContents {
    try read(try ModelLocation(address), run: run)
  }

  /// Reads a model that was found.
  public static func read(
    _ place: ModelLocation, run: Run = Run()
  ) throws(Problem) -> ModelContents {
    try ModelDirectory(place, run: run).contents()
  }

  /// Reads what is at `path`.
  /// - Parameter links: which links inside a model are followed.
  public static func read(
    _ path: String, links: LinkScope = .none, run: Run = Run()
  ) throws(Problem) -> ModelContents {
    try read(ModelAddress(path: path, links: links), run: run)
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
