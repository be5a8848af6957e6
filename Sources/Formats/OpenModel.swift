// A model opened for reading: every file mapped, only headers parsed.
//
// A file is recognised by its content, a directory by the rules in ModelDirectory.swift. Nothing
// in a model is executed, and nothing is read from outside the given path.

import Base

/// The container a model's tensors lie in. The raw value is the word in our JSON.
public enum ModelFormat: String, Sendable, CaseIterable {
  case safetensors, gguf
  case torch = "pytorch"
  case npz, onnx
  /// A directory that holds an adapter of the PEFT library and no model of its own.
  case peft
}

/// The tensors of a model and the mapped files they lie in. Immutable, safe to share.
public final class OpenModel: Sendable {
  /// Where it was found.
  public let place: ModelLocation
  public let format: ModelFormat
  /// The files that hold tensors.
  public let files: [MappedFile]
  /// Their names: relative to a model directory, else the file's own name.
  public let fileNames: [String]
  /// Sorted by the bytes of their names, which are unique.
  public let tensors: [TensorEntry]
  /// The metadata of a GGUF file (of the first one, if a model is split), else empty.
  public let ggufMetadata: [ByteName: GGUFValue]
  let archiveMembers: [ArchiveMember]

  init(
    place: ModelLocation, format: ModelFormat, files: [MappedFile], fileNames: [String],
    tensors: [TensorEntry], ggufMetadata: [ByteName: GGUFValue],
    archiveMembers: [ArchiveMember] = []
  ) {
    self.place = place
    self.format = format
    self.files = files
    self.fileNames = fileNames
    self.tensors = tensors.sorted { $0.name < $1.name }
    self.ggufMetadata = ggufMetadata
    self.archiveMembers = archiveMembers
  }

  /// Opens a file or a directory. Throws `Problem`: malformed or unreadable (exit 4), no weights
  /// in it (exit 4), refused because reading it as its users would is unsafe (exit 1), or stopped
  /// on request (exit 130).
  public static func open(_ path: String, run: Run = Run()) throws(Problem) -> OpenModel {
    try open(ModelAddress(path: path), run: run)
  }

  /// The same for one of several models.
  public static func open(
    _ address: ModelAddress, run: Run = Run()
  ) throws(Problem) -> OpenModel {
    try require(try ModelContents.read(address, run: run))
  }

  /// The model in `contents`; throws if there is none or reading it is unsafe.
  public static func require(_ contents: ModelContents) throws(Problem) -> OpenModel {
    if let model = contents.model { return model }
    if let finding = contents.findings.first(where: { $0.severity == .error }) {
      throw Problem(
        .refused, "unsafe_model", place: finding.place ?? contents.path, reason: finding.message,
        remedy: "use a copy in safetensors or GGUF",
        details: ["findings": .array(contents.findings.map(\.json))])
    }
    throw Problem(
      .malformed, "no_weights", place: contents.path, reason: "there are no weights in it",
      remedy: "give the directory or the file that holds the weights")
  }

  public func tensor(_ name: ByteName) -> TensorEntry? { index(of: name).map { tensors[$0] } }

  /// Where the tensor of this name stands in `tensors`.
  public func index(of name: ByteName) -> Int? {
    var range = tensors.indices
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      if tensors[middle].name < name {
        range = middle + 1..<range.upperBound
      } else {
        range = range.lowerBound..<middle
      }
    }
    let index = range.lowerBound
    return index < tensors.count && tensors[index].name == name ? index : nil
  }

  /// The path as it was given.
  public var path: String { place.path }

  /// The directory beside the tensors, for messages.
  public var directory: String { place.directory }

  /// Where the file of this name lies that belongs to the model or lies beside it; nil if there is
  /// none.
  public func location(beside name: String) -> String? { place.location(beside: name) }

  /// The bytes of a tensor: little-endian, row-major, no padding. They lie in the mapped file if
  /// the layout is plain; else they are made for the time of the call.
  public func withBytes<R, E: Error>(
    of entry: TensorEntry, _ body: (RawSpan) throws(E) -> R
  ) throws(E) -> R {
    try files[entry.file].withBytes { (bytes) throws(E) -> R in
      if entry.layout.isPlain {
        return try body(bytes.extracting(entry.offsetBytes..<entry.offsetBytes + entry.byteCount))
      }
      let canonical = canonicalBytes(of: entry, in: bytes)
      return try unsafe body(canonical.span.bytes)
    }
  }
}

extension OpenModel: CustomStringConvertible {
  public var description: String {
    "\(format.rawValue) model of \(tensors.count) tensors at \(path)"
  }
}
