import Base
import Testing

/// Goal: what can fail does so before the directory has its name, and nothing written is lost.
@Suite("A directory in the making")
struct StagedDirectoryTests {
  private func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-staged")
    defer { try? FileSystem.remove(folder) }
    return try body(folder)
  }

  @Test("is not at its path until it is published, and then holds all that was added")
  func published() throws {
    try withFolder { folder in
      let staged = try StagedDirectory(for: folder + "/x")
      try staged.add([.init("a", [1])])
      try staged.reserve(bytes: 10_000)
      #expect(FileSystem.kind(of: folder + "/x") == nil)
      try staged.release()
      try staged.add([.init("b/c", [2])])
      try staged.publish()
      #expect(try FileSystem.walk(folder).map(\.path) == ["x/a", "x/b/c"])
    }
  }

  @Test("leaves nothing once it is discarded, with or without the room it held")
  func discarded() throws {
    try withFolder { folder in
      let staged = try StagedDirectory(for: folder + "/x")
      try staged.add([.init("a/b", [1])])
      try staged.reserve(bytes: 100)
      staged.discard()
      #expect(try FileSystem.entries(of: folder).isEmpty)
    }
  }

  @Test("stays whole beside a path that was taken in the meantime, and can have it later")
  func taken() throws {
    try withFolder { folder in
      let staged = try StagedDirectory(for: folder + "/x")
      try staged.add([.init("a", [1])])
      try FileSystem.makeDirectory(folder + "/x")
      let problem = #expect(throws: Problem.self) { try staged.publish() }
      #expect(problem?.code == "exists")
      #expect(try FileSystem.read(staged.temporary + "/a", limitBytes: 9) == [1])
      try FileSystem.remove(folder + "/x")
      try staged.publish()
      #expect(try FileSystem.walk(folder).map(\.path) == ["x/a"])
    }
  }

  @Test("is refused at once where something is, where no folder is, and where none can be made")
  func refused() throws {
    try withFolder { folder in
      try DurableFile.replace(folder + "/x", with: [1])
      for path in [folder + "/x", folder + "/none/x", "/proc/assay-pack"] {
        #expect(throws: Problem.self) { try StagedDirectory(for: path) }
      }
      #expect(try FileSystem.entries(of: folder).map(\.name) == ["x"])
    }
  }
}
