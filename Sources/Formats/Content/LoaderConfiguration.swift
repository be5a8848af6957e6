// What configurations tell loaders to run: `auto_map` and `custom_pipelines` of transformers, the
// parts of diffusers and sentence-transformers, the manifest of TorchServe, the backend of Triton,
// the loader of MLflow, and shared objects that a configuration names.

import Base

/// Code that a configuration names.
struct CodeReference: Sendable {
  /// Where it is named, within its archive or folder.
  let place: ContentPlace
  /// The key, for people.
  let key: String
  /// What is named: a class, a module or a file.
  let name: String
  /// Paths that a loader would look at, without an ending where several are tried.
  let paths: [String]
  /// Whether it counts although nothing lies at any of the paths.
  let standsAlone: Bool
  /// The repository that the code would come from, if not from here.
  var repository: String?
}

enum LoaderConfiguration {
  /// Whether a JSON text is worth reading for this.
  static func mayName(_ bytes: RawSpan, _ name: String) -> Bool {
    ["modules.json", "model_index.json", "manifest.json"].contains(name)
      || name.hasSuffix("config.json") || bytes.contains("\"auto_map\"")
      || bytes.contains("\"custom_pipelines\"")
  }

  static func json(_ document: JSON, _ place: ContentPlace) -> [CodeReference] {
    let name = place.lowerName
    if name == "modules.json" { return sentenceTransformers(document, place) }
    if name == "model_index.json" { return diffusers(document, place) }
    if name == "manifest.json" { return torchServe(document, place) }
    return autoMap(document["auto_map"], place) + pipelines(document["custom_pipelines"], place)
      + libraries(document, place)
  }

  // MARK: transformers

  private static func autoMap(_ value: JSON?, _ place: ContentPlace) -> [CodeReference] {
    guard let value, !value.isNull else { return [] }
    var references: [CodeReference] = []
    for (key, member) in value.object ?? ["": value] {
      for item in member.array ?? [member] {
        guard let name = item.string else { continue }
        references.append(reference(to: name, key: "auto_map " + key, place))
      }
    }
    if references.isEmpty {
      references.append(
        CodeReference(
          place: place, key: "auto_map", name: "code in a form that is not known", paths: [],
          standsAlone: true))
    }
    return references
  }

  private static func pipelines(_ value: JSON?, _ place: ContentPlace) -> [CodeReference] {
    (value?.object ?? [:]).compactMap { key, member in
      member["impl"]?.string.map { reference(to: $0, key: "custom_pipelines " + key, place) }
    }
  }

  /// `module.Class`, or `owner/repository--module.Class`.
  private static func reference(
    to name: String, key: String, _ place: ContentPlace
  ) -> CodeReference {
    var repository: String?
    var dotted = name
    if let mark = name.firstRange(of: "--") {
      repository = String(name[..<mark.lowerBound])
      dotted = String(name[mark.upperBound...])
    }
    let module = dotted.split(separator: ".").dropLast().joined(separator: "/")
    var reference = CodeReference(
      place: place, key: key, name: name,
      paths: repository != nil || module.isEmpty ? [] : [beside(place, module), module],
      standsAlone: true)
    reference.repository = repository
    return reference
  }

  /// Shared objects that a configuration names anywhere.
  private static func libraries(_ document: JSON, _ place: ContentPlace) -> [CodeReference] {
    PythonSource.libraries(in: document.canonicalBytes).sorted().map { name in
      CodeReference(
        place: place, key: "a value", name: name, paths: [beside(place, name), name],
        standsAlone: false)
    }
  }

  // MARK: Other libraries

  private static func sentenceTransformers(
    _ document: JSON, _ place: ContentPlace
  ) -> [CodeReference] {
    (document.array ?? []).enumerated().compactMap { index, item in
      guard let type = item["type"]?.string, !type.hasPrefix("sentence_transformers."),
        !type.hasPrefix("transformers.")
      else { return nil }
      return reference(to: type, key: "type of module \(index)", place)
    }
  }

  /// A part names its library and class; a library that is a file here is run.
  private static func diffusers(_ document: JSON, _ place: ContentPlace) -> [CodeReference] {
    var references: [CodeReference] = []
    for (key, member) in document.object ?? [:] {
      guard
        let library = member.array?.first?.string ?? (key == "_class_name" ? member.string : nil)
      else { continue }
      let module = library.split(separator: ".").joined(separator: "/")
      references.append(
        CodeReference(
          place: place, key: key, name: library,
          paths: [beside(place, "\(key)/\(module)"), beside(place, module)], standsAlone: false))
    }
    return references
  }

  private static func torchServe(_ document: JSON, _ place: ContentPlace) -> [CodeReference] {
    guard place.path.hasSuffix("MAR-INF/MANIFEST.json"),
      let handler = document["model"]?["handler"]?.string
    else { return [] }
    let root = String(place.path.dropLast("MAR-INF/MANIFEST.json".count))
    let file = handler.split(separator: ":").first.map(String.init) ?? handler
    let stem = file.hasSuffix(".py") ? String(file.dropLast(3)) : file
    return [
      CodeReference(
        place: place, key: "model handler", name: handler, paths: [root + stem], standsAlone: false)
    ]
  }

  /// Triton: the Python backend runs `model.py` of any version.
  static func triton(_ bytes: RawSpan, _ place: ContentPlace) -> [CodeReference] {
    let text = String(decoding: bytes.copy().filter { ![0x20, 0x09].contains($0) }, as: UTF8.self)
    var references: [CodeReference] = []
    if text.contains("backend:\"python\"") || text.contains("backend:'python'")
      || text.contains("platform:\"python\"")
    {
      let folder = beside(place, "")
      references.append(
        CodeReference(
          place: place, key: "backend", name: "python",
          paths: ["", "*/"].map { folder + $0 + "model" }, standsAlone: true))
    }
    for name in PythonSource.libraries(in: bytes.copy()).sorted() {
      references.append(
        CodeReference(
          place: place, key: "a value", name: name, paths: [beside(place, name), name],
          standsAlone: false))
    }
    return references
  }

  /// MLflow: `loader_module` of the folder that `code` names.
  static func mlflow(_ bytes: RawSpan, _ place: ContentPlace) -> [CodeReference] {
    var modules: [String] = []
    var folders = ["code"]
    for line in bytes.copy().split(separator: 0x0A) {
      let text = String(decoding: line, as: UTF8.self)
      let halves = text.split(separator: ":", maxSplits: 1).map {
        $0.filter { $0 != " " && $0 != "\"" && $0 != "'" && $0 != "\r" && $0 != "-" }
      }
      guard halves.count == 2 else { continue }
      if halves[0] == "loader_module" { modules.append(halves[1]) }
      if halves[0] == "code", !halves[1].isEmpty { folders.append(halves[1]) }
    }
    return modules.map { module in
      let path = module.split(separator: ".").joined(separator: "/")
      return CodeReference(
        place: place, key: "loader_module", name: module,
        paths: folders.map { beside(place, "\($0)/\(path)") }, standsAlone: false)
    }
  }

  /// A path in the folder of a file.
  private static func beside(_ place: ContentPlace, _ name: String) -> String {
    guard let slash = place.path.lastIndex(of: "/") else { return name }
    return String(place.path[...slash]) + name
  }
}
