// The panel of a state: models that are known, with what they were trained on.
//
// STATE/panel.jsonl, a line a model: {"path":…,"training_text":[tags]}. A relative path is relative
// to the file's own folder. Comparisons without a panel of their own use it, and a reference that
// stands in it brings its training text along.

import Base
import Fingerprint
import Ledger

/// A list of models in a file, with the folder its paths are relative to.
public struct PanelFile: Sendable {
  public let path: String
  public let models: [ListedModel]

  /// Reads the file; an absent one is an empty panel.
  public init(_ path: String) throws(Problem) {
    self.path = path
    let folder = FileSystem.directoryName(path)
    guard FileSystem.exists(path) else {
      models = []
      return
    }
    models = try ListedModel.list(path).map { model in
      var model = model
      if !model.path.hasPrefix("/") { model.path = FileSystem.join(folder, model.path) }
      return model
    }
  }

  /// The panel of a state.
  public static func of(_ state: StateDirectory) throws(Problem) -> PanelFile {
    try PanelFile(FileSystem.join(state.path, "panel.jsonl"))
  }

  /// The file with one model more; a model that is there already is replaced.
  public func adding(_ model: ListedModel) throws(Problem) {
    let kept = models.filter { ByteName($0.path) != ByteName(model.path) }
    var bytes: [UInt8] = []
    for entry in kept + [model] {
      let line: JSON = [
        "path": .string(entry.path), "training_text": JSON(entry.trainingText),
      ]
      bytes += line.canonicalBytes + [0x0A]
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
