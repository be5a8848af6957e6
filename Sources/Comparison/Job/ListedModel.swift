// A model named for a comparison, and lists of them.
//
// Lists are text files, a model a line: a path, or an object (PanelLine+JSON.swift) that also has
// tags: what a control was trained on. Only the output tests read them.

import Base
import Formats

/// A model named for a comparison.
public struct ListedModel: Hashable, Sendable {
  public var path: String
  /// What the model was trained on, as far as its publisher declares it.
  public var trainingText: [String]
  /// Its name in answers, if that is not the last part of the path.
  public var name: String?
  /// One file of what lies there.
  public var file: String?
  /// One repository of a Hugging Face cache.
  public var repository: HubReference?

  public init(
    path: String, trainingText: [String] = [], name: String? = nil, file: String? = nil,
    repository: HubReference? = nil
  ) {
    self.path = path
    self.file = file
    self.repository = repository
    self.trainingText = trainingText
    self.name = name
  }

  /// The model's name in answers.
  public var id: String { name ?? FileSystem.lastComponent(path) }

  /// Where it is looked for.
  func address(links: LinkScope) -> ModelAddress {
    ModelAddress(path: path, file: file, repository: repository, links: links)
  }

  static let listBytesMax = 16 << 20

  /// Reads a list. A relative path is looked for in the list's own folder, else in the working
  /// directory. Throws `malformed` with the line that cannot be read.
  public static func list(_ file: String) throws(Problem) -> [ListedModel] {
    let folder = FileSystem.directoryName(file)
    return try lines(of: file).map { model in
      guard !model.path.hasPrefix("/") else { return model }
      let beside = FileSystem.join(folder, model.path)
      guard FileSystem.exists(beside) else { return model }
      var model = model
      model.path = beside
      return model
    }
  }

  /// The models of a list with their paths as they stand there.
  static func lines(of file: String) throws(Problem) -> [ListedModel] {
    let bytes = try InputFile.read(file, limitBytes: listBytesMax)
    var models: [ListedModel] = []
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
    {
      let text = String(decoding: line, as: UTF8.self)
      let trimmed = text.drop { $0 == " " || $0 == "\t" }
      guard let first = trimmed.first, first != "\r" else { continue }
      let place = "\(file):\(index + 1)"
      if first == "{" {
        models.append(try PanelLine(parsing: Array(line), place: place).model)
      } else {
        models.append(
          ListedModel(path: String(trimmed.last == "\r" ? trimmed.dropLast() : trimmed)))
      }
    }
    return models
  }
}
