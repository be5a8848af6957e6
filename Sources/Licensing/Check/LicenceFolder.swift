// The files of a model that a licence check looks into: those at the top of its folder, or those
// that lie beside a bare file.
//
// Promises: in the course of a check of a model each file must be the one that was hashed, by
// inode, size and times; one that was exchanged since is an error, never read as if it were the
// same.

import Base
import Formats

/// Where licence texts, card and metadata are read from.
public struct LicenceFolder {
  /// What the model is called.
  let name: String
  /// Names of the files at its top, sorted by bytes.
  let fileNames: [String]
  /// The GGUF file whose header speaks for the model; nil if its weights are of another kind.
  let headerName: String?
  /// Whether the model is a file and no folder.
  let isBareFile: Bool
  private let place: ModelLocation
  /// The model as it was listed and hashed; nil: nothing was hashed.
  private let contents: ModelContents?

  static let textByteCountMax = 16 << 20

  /// A model as it lies there now.
  public init(_ place: ModelLocation) { self.init(place, contents: nil) }

  /// A model that was listed, and hashed as it was listed.
  public init(contents: ModelContents) { self.init(contents.place, contents: contents) }

  private init(_ place: ModelLocation, contents: ModelContents?) {
    self.place = place
    self.contents = contents
    name = place.id
    isBareFile = !place.isFolder
    headerName = place.headerName
    fileNames = (place.files + place.companions).map(\.name).filter { !$0.contains("/") }
      .sorted { ByteName($0) < ByteName($1) }
  }

  /// A file, mapped. Throws `changed` if it is not the one that was listed.
  func open(_ name: String) throws(Problem) -> MappedFile {
    guard let contents else {
      return try MappedFile(path: place.file(name)?.location ?? place.place(of: name))
    }
    return try contents.open(name)
  }

  /// Whether a check may read a file as text.
  public func mayRead(_ file: ModelFile) -> Bool {
    FileSystem.stamp(of: file.location).map { $0.sizeBytes <= Self.textByteCountMax } ?? false
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

  /// The files that may be the card, the most usual name first: of a folder one, beside a bare file
  /// every README.
  private var cardNames: [String] {
    guard isBareFile else { return ModelCard.fileName(among: fileNames).map { [$0] } ?? [] }
    let names = fileNames.filter(ModelCard.isCardName)
    return names.filter { $0 == "README.md" } + names.filter { $0 != "README.md" }
  }

  /// The cards, those with front matter first. Throws `malformed_front_matter` with the line.
  func cards() throws(Problem) -> [(name: String, card: ModelCard)] {
    var cards: [(name: String, card: ModelCard)] = []
    for name in cardNames {
      let bytes = try read(name)
      do throws(Problem) { cards.append((name, try ModelCard.read(bytes: bytes))) } catch {
        throw error.at(name)
      }
    }
    return cards.filter { $0.card.hasFrontMatter } + cards.filter { !$0.card.hasFrontMatter }
  }

  /// The base that `adapter_config.json` names, or nil if there is no such file or key.
  func adapterBase() throws(Problem) -> String? {
    guard !isBareFile, fileNames.contains(ModelCard.adapterConfigName) else { return nil }
    return try ModelCard.adapterBase(bytes: try read(ModelCard.adapterConfigName))
  }

  /// The header of a GGUF file as a card.
  func header(_ name: String) throws(Problem) -> ModelCard { try ModelCard.gguf(try open(name)) }
}
