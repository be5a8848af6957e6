import Foundation
import Testing

/// Goal: `Package.swift` permits what the sources use, and nothing else: a permission that nothing
/// uses is the way by which a target grows into what it has no business with.
/// Method: the dependencies of the manifest, read as text, against the imports of the sources.
@Suite("The manifest")
struct PackageTests {
  /// What a target needs though no file of it imports it, and why.
  static let unimported: [String: Set<String>] = [
    "CommandTests": ["assay"]  // the built program is what they run
  ]

  @Test("gives each target what its sources import, and no more")
  func targets() throws {
    let manifest = try Manifest()
    for (target, imports) in HouseTests.allowed {
      let given = try #require(
        manifest.dependencies(of: target), "\(target) is not in the manifest")
      #expect(
        given.subtracting(["Base"]) == imports,
        "Package.swift and the table of HouseTests differ on \(target)")
      try expectUsed(given, target, below: "Sources")
    }
    try expectUsed(
      try #require(manifest.dependencies(of: "assay-bench")), "assay-bench", below: "Sources")
  }

  @Test("gives tests what they import, and no more")
  func tests() throws {
    let manifest = try Manifest()
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: repository.appending(path: "Tests").path)
    for target in folders.sorted() where target.hasSuffix("Tests") {
      let given = try #require(
        manifest.dependencies(of: target), "\(target) is not in the manifest")
      try expectUsed(given, target, below: "Tests")
    }
  }

  private func expectUsed(_ given: Set<String>, _ target: String, below root: String) throws {
    let imported = Set(try lines(of: target, below: root).compactMap { importedModule($0.text) })
    let idle = given.subtracting(imported).subtracting(Self.unimported[target] ?? [])
    #expect(idle.isEmpty, "\(target) depends on \(idle.sorted()) and imports none of it")
  }
}

/// The dependencies that `Package.swift` writes down, each as one list of names.
private struct Manifest {
  private var lists: [String: Set<String>] = [:]

  init() throws {
    let text = try String(contentsOf: repository.appending(path: "Package.swift"), encoding: .utf8)
    let forms = [
      /(?:swift|tests)\(\s*"([^"]+)",\s*\[([^\]]*)\]/,
      /\.executableTarget\(\s*name: "([^"]+)",\s*dependencies: \[([^\]]*)\]/,
    ]
    for match in forms.flatMap({ text.matches(of: $0) }) {
      lists[String(match.1)] = Set(match.2.matches(of: /"([^"]+)"/).map { String($0.1) })
    }
  }

  func dependencies(of target: String) -> Set<String>? { lists[target] }
}
