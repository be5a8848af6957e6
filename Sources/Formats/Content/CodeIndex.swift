// The code of a folder by the names under which loaders ask for it.

import Base

struct CodeIndex {
  /// All paths, sorted by bytes.
  let paths: [String]
  private let all: Set<String>
  /// Compiled files by path up to the first dot of the last part: the module that they are.
  private var natives: [String: [String]] = [:]
  private var nativesByName: [String: [String]] = [:]
  private var byName: [String: [String]] = [:]

  /// - Parameter files: whether the file at a path is compiled.
  init(_ files: [String: Bool]) {
    paths = files.keys.sorted { ByteName($0) < ByteName($1) }
    all = Set(paths)
    for path in paths {
      let name = FileSystem.lastComponent(path)
      byName[name, default: []].append(path)
      guard files[path] == true else { continue }
      let module = path.dropLast(name.count) + name.prefix { $0 != "." }
      natives[String(module), default: []].append(path)
      nativesByName[name, default: []].append(path)
    }
  }

  /// Files that a path without an ending may mean; a `*` stands for folders.
  func files(for path: String) -> [String] {
    if let star = path.firstIndex(of: "*") {
      let name = FileSystem.lastComponent(path) + ".py"
      return (byName[name] ?? []).filter { $0.hasPrefix(path[..<star]) }
    }
    let exact = ["", ".py", "/__init__.py"].map { path + $0 }.filter { all.contains($0) }
    return exact.isEmpty ? natives[path] ?? [] : exact
  }

  /// Compiled files of this name, wherever they lie.
  func libraries(called name: String) -> [String] { nativesByName[name] ?? [] }
}
