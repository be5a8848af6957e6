// Which of the code that lies in a folder, or in an archive, a loader would run: what its own
// configurations name, what libraries run by its name, and what that code brings in.
//
// Source code that is loaded is a warning: somebody has to read it. Compiled code that is loaded is
// an error: nobody can.

import Base

struct LoadedCode: Sendable {
  private enum File {
    case python(PythonSource)
    case native

    var isNative: Bool { if case .native = self { true } else { false } }
  }

  private var files: [String: (file: File, place: ContentPlace)] = [:]
  private var references: [CodeReference] = []

  /// More references than any model has are not followed one by one.
  private static let referencesMax = 1024

  mutating func note(native place: ContentPlace) { files[place.path] = (.native, place) }

  mutating func note(python source: PythonSource, at place: ContentPlace) {
    files[place.path] = (.python(source), place)
  }

  mutating func note(_ more: [CodeReference]) {
    references += more.prefix(max(0, Self.referencesMax - references.count))
  }

  /// Puts what was noted of another part of the same folder to this.
  mutating func merge(_ other: LoadedCode) {
    files.merge(other.files) { first, _ in first }
    note(other.references)
  }

  /// The findings, and the places of code of which nothing else need be said.
  func loaded() -> (findings: [Finding], covered: Set<String>) {
    var walk = Walk(index: CodeIndex(files.mapValues(\.file.isNative)))
    for reference in references { follow(reference, &walk) }
    for path in walk.index.paths { followConvention(path, &walk) }
    while let path = walk.queue.popLast() { followImports(of: path, &walk) }
    return (walk.findings, walk.covered)
  }

  private struct Walk {
    let index: CodeIndex
    var findings: [Finding] = []
    var covered: Set<String> = []
    /// Python that is loaded and whose own imports are to be followed.
    var queue: [String] = []
    var seen: Set<String> = []

    /// - Parameter file: whose content would have to be accepted.
    mutating func add(
      _ message: String, _ severity: Severity, at place: String, file: ContentPlace
    ) {
      findings.append(
        Finding(id: "code.loaded", severity: severity, message: message, place: place)
          .about(file: file.file))
    }
  }

  // MARK: What configurations name

  private func follow(_ reference: CodeReference, _ walk: inout Walk) {
    let index = walk.index
    let found = reference.paths.flatMap { index.files(for: $0) }.first
    let place = "\(reference.place.text): \(reference.key)"
    if let repository = reference.repository {
      walk.add(
        "names \(reference.name.visible): loading the model runs code of the repository "
          + "\(repository.visible), which is not here", .warning, at: place, file: reference.place)
    } else if let found, let target = files[found] {
      walk.add(
        "names \(reference.name.visible): loading the model runs \(target.place.text)",
        target.file.isNative ? .error : .warning, at: place, file: target.place)
      take(found, &walk)
    } else if reference.standsAlone {
      walk.add(
        "names \(reference.name.visible): loading the model runs this code, which is not here",
        .warning, at: place, file: reference.place)
    }
  }

  /// Counts a file as loaded.
  private func take(_ path: String, _ walk: inout Walk) {
    guard walk.seen.insert(path).inserted, let target = files[path] else { return }
    walk.covered.insert(target.place.text)
    if case .python = target.file { walk.queue.append(path) }
  }

  // MARK: What libraries run by its name

  private func followConvention(_ path: String, _ walk: inout Walk) {
    guard let target = files[path], case .python(let source) = target.file else { return }
    let who: String? =
      switch FileSystem.lastComponent(path) {
      case "generate.py" where path.isOrEnds("custom_generate/generate.py"):
        "generate() of transformers"
      case "handler.py" where source.isEndpointHandler: "an inference endpoint"
      case "inference.py" where path.isOrEnds("code/inference.py"): "SageMaker"
      default: nil
      }
    guard let who else { return }
    walk.add("\(who) runs this file", .warning, at: target.place.text, file: target.place)
    take(path, &walk)
  }

  // MARK: What loaded code brings in

  private func followImports(of path: String, _ walk: inout Walk) {
    guard let target = files[path], case .python(let source) = target.file else { return }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    for module in source.imports.sorted() {
      let name = module.drop { $0 == "." }.split(separator: ".").joined(separator: "/")
      guard !name.isEmpty else { continue }
      for found in walk.index.files(for: folder + name) + walk.index.files(for: name)
      where !walk.seen.contains(found) {
        bring(found, by: target.place, &walk)
      }
    }
    for library in source.libraries.sorted() {
      for found in walk.index.libraries(called: library) where !walk.seen.contains(found) {
        bring(found, by: target.place, &walk)
      }
    }
  }

  private func bring(_ path: String, by place: ContentPlace, _ walk: inout Walk) {
    guard let target = files[path] else { return }
    walk.add(
      "\(place.text), which a loader runs, loads \(target.place.text)",
      target.file.isNative ? .error : .warning, at: target.place.text, file: target.place)
    take(path, &walk)
  }
}

extension String {
  /// As it may stand in a message: control characters and quotes are escaped.
  fileprivate var visible: String { String(ByteName(self).quoted.dropFirst().dropLast()) }

  fileprivate func isOrEnds(_ path: String) -> Bool { self == path || hasSuffix("/" + path) }
}
