// The panel of a state: models that are known, with what they were trained on.
//
// STATE/panel.jsonl, a line a model: {"path":…,"training_text":[tags],"fingerprint":"sha256:…"}. A
// relative path is relative to the file's own folder; the fingerprint is the bundle's digest when
// the model was added (PanelVerification.swift holds the model to it). Comparisons without a panel
// of their own use it, and a reference that stands in it brings its training text along.

import Base
import Fingerprint
import Ledger

/// A list of models in a file, with the folder its paths are relative to.
public struct PanelFile: Sendable {
  public let path: String
  public let models: [ListedModel]
  /// The fingerprint that was recorded for each model, if one was.
  public let fingerprints: [Digest?]

  /// Reads the file; an absent one is an empty panel.
  public init(_ path: String) throws(Problem) {
    self.path = path
    let folder = FileSystem.directoryName(path)
    guard FileSystem.exists(path) else {
      models = []
      fingerprints = []
      return
    }
    let listed = try ListedModel.lines(of: path)
    let recorded = try Self.recorded(path)
    fingerprints = listed.map { recorded[ByteName($0.path)] }
    models = listed.map { model in
      var model = model
      if !model.path.hasPrefix("/") { model.path = FileSystem.join(folder, model.path) }
      return model
    }
  }

  /// Fingerprints by path, of the lines that have one.
  private static func recorded(_ path: String) throws(Problem) -> [ByteName: Digest] {
    let bytes = try FileSystem.read(path, limitBytes: ListedModel.listBytesMax)
    var recorded: [ByteName: Digest] = [:]
    for line in bytes.split(separator: 0x0A) {
      // Lines that are bare paths are no JSON; the list has been read as a whole before.
      guard let line = try? PanelLine(parsing: Array(line), place: path),
        let text = line.fingerprint
      else { continue }
      guard let digest = Digest(tagged: text) else {
        throw Problem(
          .malformed, "bad_list", place: path,
          reason: "the fingerprint of \(line.model.path) is not sha256:<hex>")
      }
      recorded[ByteName(line.model.path)] = digest
    }
    return recorded
  }

  /// The panel of a state.
  public static func of(_ state: StateDirectory) throws(Problem) -> PanelFile {
    try PanelFile(FileSystem.join(state.path, "panel.jsonl"))
  }

  /// The file with some models more, all or none; a model that is there already is replaced.
  public func adding(_ added: [(model: ListedModel, fingerprint: Digest)]) throws(Problem) {
    let paths = Set(added.map { ByteName($0.model.path) })
    let kept = zip(models, fingerprints).filter { !paths.contains(ByteName($0.0.path)) }
    var bytes: [UInt8] = []
    for (entry, digest) in kept + added.map({ ($0.model, Optional($0.fingerprint)) }) {
      let line = PanelLine(model: entry, fingerprint: digest?.tagged)
      bytes += line.json.canonicalBytes + [0x0A]
    }
    try DurableFile.replace(path, with: bytes, mode: 0o600)
  }

  /// Models with the training text that the panel knows for their path.
  public func tagged(_ list: [ListedModel]) -> [ListedModel] {
    list.map { model in
      guard model.trainingText.isEmpty,
        let known = models.first(where: { Self.isSame($0.path, model.path) })
      else { return model }
      var model = model
      model.trainingText = known.trainingText
      return model
    }
  }

  private static func isSame(_ a: String, _ b: String) -> Bool {
    let real = { (path: String) in (try? FileSystem.realPath(path)) ?? path }
    return ByteName(real(a)) == ByteName(real(b))
  }
}
