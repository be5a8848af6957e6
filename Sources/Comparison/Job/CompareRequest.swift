// What `compare` is asked, whoever asks: the command line or the daemon.
//
// Lists are text files, a model a line: a path, or an object {"path":…, "training_text":[tags]}.
// The tags say what a control was trained on; only the output tests read them.

import Base

/// A model named for a comparison.
public struct ListedModel: Equatable, Sendable {
  public var path: String
  /// What the model was trained on, as far as its publisher declares it.
  public var trainingText: [String]
  /// Its name in answers, if that is not the last part of the path.
  public var name: String?

  public init(path: String, trainingText: [String] = [], name: String? = nil) {
    self.path = path
    self.trainingText = trainingText
    self.name = name
  }

  /// The model's name in answers.
  public var id: String { name ?? FileSystem.lastComponent(path) }

  static let listBytesMax = 16 << 20

  /// Reads a list. A relative path is looked for in the working directory, else in the list's own
  /// folder. Throws `malformed` with the line that cannot be read.
  public static func list(_ file: String) throws(Problem) -> [ListedModel] {
    let folder = FileSystem.directoryName(file)
    return try lines(of: file).map { model in
      guard !model.path.hasPrefix("/"), !FileSystem.exists(model.path) else { return model }
      let beside = FileSystem.join(folder, model.path)
      guard FileSystem.exists(beside) else { return model }
      var model = model
      model.path = beside
      return model
    }
  }

  /// The models of a list with their paths as they stand there.
  static func lines(of file: String) throws(Problem) -> [ListedModel] {
    let bytes = try FileSystem.read(file, limitBytes: listBytesMax)
    var models: [ListedModel] = []
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
    {
      let text = String(decoding: line, as: UTF8.self)
      let trimmed = text.drop { $0 == " " || $0 == "\t" }
      guard let first = trimmed.first, first != "\r" else { continue }
      let place = "\(file):\(index + 1)"
      if first == "{" {
        models.append(try parsed(Array(line), place: place))
      } else {
        models.append(
          ListedModel(path: String(trimmed.last == "\r" ? trimmed.dropLast() : trimmed)))
      }
    }
    return models
  }

  private static func parsed(_ line: [UInt8], place: String) throws(Problem) -> ListedModel {
    let json: JSON
    do throws(JSONError) { json = try JSON.parse(line) } catch { throw error.problem(file: place) }
    guard let path = json["path"]?.string else {
      throw Problem(
        .malformed, "bad_list", place: place, reason: "the object has no \"path\"",
        remedy: #"write {"path":"…","training_text":["…"]} or a bare path"#)
    }
    let tags = json["training_text"]?.array?.compactMap(\.string) ?? []
    return ListedModel(path: path, trainingText: tags)
  }
}

/// One call of `compare`: every suspect against every reference.
public struct CompareRequest: Sendable {
  public enum Line: String, Sendable, CaseIterable { case weights, outputs }

  public var suspects: [ListedModel]
  public var references: [ListedModel]
  /// Recorded outputs in the place of a suspect; only the output line can speak of it.
  public var recorded: RecordedOutputs?
  /// Models known to be unrelated to the references.
  public var panel: [ListedModel]
  /// Nil: both lines.
  public var only: Line?
  /// Whether a model is left out against itself (the batch form), or reported as a copy.
  public var skipsSelf = false
  /// Whether scored outcomes are named by digest, which costs a hash over each model's, and the
  /// bits of tensors are counted, which costs a pass over each pair.
  public var keepsRecord = false

  public init(
    suspects: [ListedModel], references: [ListedModel], panel: [ListedModel] = [],
    only: Line? = nil
  ) {
    self.suspects = suspects
    self.references = references
    self.panel = panel
    self.only = only
  }

  /// The lines that are to be answered.
  var asked: [Line] { only.map { [$0] } ?? Line.allCases }

  func skips(_ suspect: ListedModel, _ reference: ListedModel) -> Bool {
    skipsSelf && suspect.path == reference.path
  }
}
