// Where packs come from: the program itself, or a directory.
//
// Spec: Policies/README.md, "Files" and "A pack of your own".
// Promises: a directory with `pack.json` adds to the shipped pack and may not redefine anything of
// it; a directory without stands alone and must hold all four files. A directory's pack is proven
// by its own scenarios (`scenarios.json`) before it is used.

import Base
import CEmbedded
import Crypto

/// SHA-256, as it is written beside an answer.
func sha256(_ bytes: [UInt8]) -> Digest {
  var hash = SHA256()
  hash.update(bytes)
  return hash.digest()
}

extension PolicyPack {
  /// The bytes of a file of `Policies/` that the program carries; nil for any other name.
  public static func embeddedFile(_ name: String) -> [UInt8]? {
    switch name {
    case "facts.json": unsafe bytes(ce_policy_facts())
    case "jurisdictions.json": unsafe bytes(ce_policy_jurisdictions())
    case "licence-rules.json": unsafe bytes(ce_policy_licence_rules())
    case "api-terms.json": unsafe bytes(ce_policy_api_terms())
    case "licences.json": unsafe bytes(ce_policy_licences())
    case "models.json": unsafe bytes(ce_policy_models())
    case "scenarios.json": unsafe bytes(ce_policy_scenarios())
    default: nil
    }
  }

  private static func bytes(_ data: ce_data) -> [UInt8] {
    unsafe Array(UnsafeBufferPointer(start: data.bytes, count: data.count))
  }

  private static func shippedLayer(prefix: String) -> PackLayer {
    PackLayer(
      prefix: prefix,
      files: PackLoader.fileNames.compactMap { name in embeddedFile(name).map { (name, $0) } })
  }

  /// The pack that the program carries, read once. A test proves it by its scenarios; loading does
  /// not.
  public static func shipped() throws(Problem) -> PolicyPack { try shippedOnce.get() }

  private static let shippedOnce = Result { () throws(Problem) in
    let scenarios = try unsafe PolicyScenario.read(
      bytes(ce_policy_scenarios()), file: "scenarios.json")
    return try PackLoader.load(
      name: "shipped", layers: [shippedLayer(prefix: "")], scenarios: scenarios)
  }

  /// The digest that the pack of these files has, without loading it. Throws for a manifest that
  /// cannot be read.
  public static func digest(of source: PackSource) throws(Problem) -> Digest {
    var files: [PackFile] = []
    var prefix = ""
    if let manifest = source["pack.json"] {
      prefix = try packName(manifest, source.place) + "/"
      files = shippedFiles.map { PackFile(name: "shipped/" + $0.name, digest: $0.digest) }
    }
    for name in PackLoader.fileNames {
      if let bytes = source[name] {
        files.append(PackFile(name: prefix + name, digest: sha256(bytes)))
      }
    }
    return PackFile.digest(of: files.sorted { ByteName($0.name) < ByteName($1.name) })
  }

  /// The digest of the shipped pack, without loading it.
  public static var shippedDigest: Digest { PackFile.digest(of: shippedFiles) }

  private static let shippedFiles: [PackFile] = PackLoader.fileNames.compactMap { name in
    embeddedFile(name).map { PackFile(name: name, digest: sha256($0)) }
  }.sorted { ByteName($0.name) < ByteName($1.name) }

  /// Loads and proves the pack of a directory.
  public static func load(_ directory: String, prove: Bool = true) throws(Problem) -> PolicyPack {
    try load(PackSource(directory: directory), prove: prove)
  }

  /// Loads and proves a pack from its files.
  public static func load(_ source: PackSource, prove: Bool = true) throws(Problem) -> PolicyPack {
    var layers: [PackLayer] = []
    let own = PackLoader.fileNames.compactMap { name in source[name].map { (name: name, bytes: $0) }
    }
    let name = try self.name(of: source)
    if source["pack.json"] != nil {
      layers = [shippedLayer(prefix: "shipped/"), PackLayer(prefix: "\(name)/", files: own)]
      guard !own.isEmpty else {
        throw Problem(
          .malformed, "missing_file", place: source.place, reason: "the pack adds nothing",
          remedy: "put at least one of \(PackLoader.fileNames.joined(separator: ", ")) there")
      }
    } else {
      for needed in PackLoader.fileNames.dropLast() where source[needed] == nil {
        throw Problem(
          .malformed, "missing_file", place: FileSystem.join(source.place, needed),
          reason: "a pack without pack.json stands alone and needs this file",
          remedy: "add the file, or a pack.json that extends the shipped pack")
      }
      layers = [PackLayer(prefix: "", files: own)]
    }
    let scenarios = try source["scenarios.json"].map { bytes throws(Problem) in
      try PolicyScenario.read(bytes, file: "scenarios.json")
    }
    let pack = try PackLoader.load(name: name, layers: layers, scenarios: scenarios ?? [])
    if prove { try pack.prove() }
    return pack
  }

  /// What the pack of these files is called: as its pack.json says, else by where it is.
  public static func name(of source: PackSource) throws(Problem) -> String {
    guard let manifest = source["pack.json"] else { return source.place }
    return try packName(manifest, source.place)
  }

  private static func packName(
    _ manifest: [UInt8], _ directory: String
  ) throws(Problem) -> String {
    let json: JSON
    do throws(JSONError) { json = try JSON.parse(manifest) } catch {
      throw error.problem(file: "pack.json")
    }
    let reader = PolicyReader(file: "pack.json", json: json)
    try reader.only(["schema", "name", "note", "extends"])
    let extends = try reader.member("extends")
    guard try extends.text() == "shipped" else {
      throw extends.problem("bad_value", "a pack can extend \"shipped\" only")
    }
    let name = try reader.member("name")
    let text = try name.text()
    let letters = text.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
    }
    guard letters, !text.isEmpty, text != "shipped" else {
      throw name.problem("bad_value", "a name of small letters, digits and hyphens")
    }
    return text
  }
}
