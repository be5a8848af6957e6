// The files of a model's folder that a licence check looks into.
//
// Promises: in the course of a check of a model each file must be the one that was hashed, by
// inode, size and times; one that was exchanged since is an error, never read as if it were the
// same.

import Base
import Formats

/// Where licence texts, card and metadata are read from.
public struct LicenceFolder {
  /// The folder's path.
  let path: String
  /// Its last part, by which the model goes.
  let name: String
  /// Names of the regular files at its top, sorted by bytes.
  let fileNames: [String]
  /// The model as it was listed and hashed; nil: nothing was hashed.
  private let contents: ModelContents?

  static let textByteCountMax = 16 << 20

  /// A folder as it lies there now.
  public init(directory: String) throws(Problem) {
    path = directory
    name = FileSystem.lastComponent(directory)
    fileNames = try FileSystem.entries(of: directory).filter { $0.kind == .file }.map(\.name)
    contents = nil
  }

  /// The folder of a model that was listed, and hashed as it was listed.
  public init(contents: ModelContents, name: String) {
    path = contents.path
    self.name = name
    fileNames = contents.files.filter { !$0.contains("/") }
    self.contents = contents
  }

  /// A file, mapped. Throws `changed` if it is not the one that was listed.
  func open(_ name: String) throws(Problem) -> MappedFile {
    guard let contents else { return try MappedFile(path: FileSystem.join(path, name)) }
    return try contents.open(name)
  }

  /// The bytes of a file, at most 16 MiB.
  func read(_ name: String) throws(Problem) -> [UInt8] {
    let file = try open(name)
    guard file.byteCount <= Self.textByteCountMax else {
      throw Problem(
        .malformed, "too_large", place: file.path,
        reason: "\(file.byteCount) bytes exceed the limit of \(Self.textByteCountMax)",
        remedy: "give a smaller file")
    }
    return file.bytes(at: 0, count: file.byteCount) ?? []
  }

  /// The card; nil if there is no README. Throws `malformed_front_matter` with the line.
  func card() throws(Problem) -> ModelCard? {
    guard let readme = ModelCard.fileName(among: fileNames) else { return nil }
    let bytes = try read(readme)
    do throws(Problem) { return try ModelCard.read(bytes: bytes) } catch { throw error.at(readme) }
  }

  /// The base that `adapter_config.json` names, or nil if there is no such file or key.
  func adapterBase() throws(Problem) -> String? {
    guard fileNames.contains(ModelCard.adapterConfigName) else { return nil }
    return try ModelCard.adapterBase(bytes: try read(ModelCard.adapterConfigName))
  }

  /// `general.license` of a GGUF file.
  func ggufLicence(_ name: String) throws(Problem) -> String? {
    try ModelCard.ggufLicence(try open(name))
  }
}
