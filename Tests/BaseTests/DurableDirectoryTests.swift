import Base
import Foundation
import Testing

@Suite("A directory made at once")
struct DurableDirectoryTests {
  private func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-directory")
    defer { try? FileSystem.remove(folder) }
    return try body(folder)
  }

  @Test("holds its files, below it too, with the modes that were asked for")
  func whole() throws {
    try withFolder { folder in
      try DurableDirectory.create(
        folder + "/x", files: [.init("a", [1]), .init("b/c", [2, 3], mode: 0o600)], mode: 0o700)
      #expect(try FileSystem.walk(folder).map(\.path) == ["x/a", "x/b/c"])
      #expect(try FileSystem.read(folder + "/x/b/c", limitBytes: 9) == [2, 3])
      let mode = { (path: String) in
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      }
      #expect(try mode(folder + "/x") == 0o700 && mode(folder + "/x/b/c") == 0o600)
    }
  }

  @Test("is not there at all, with nothing beside it, if one file cannot be written")
  func nothing() throws {
    try withFolder { folder in
      // A file where a directory is needed.
      let problem = #expect(throws: Problem.self) {
        try DurableDirectory.create(folder + "/x", files: [.init("a", [1]), .init("a/b", [2])])
      }
      #expect(problem != nil)
      #expect(try FileSystem.entries(of: folder).isEmpty)
      try DurableDirectory.create(folder + "/x", files: [])
      let taken = #expect(throws: Problem.self) {
        try DurableDirectory.create(folder + "/x", files: [.init("a", [1])])
      }
      #expect(taken?.code == "exists")
      #expect(try FileSystem.walk(folder).isEmpty)
    }
  }
}
