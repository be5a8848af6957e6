import Base
import Foundation
import Testing

@Suite("Files")
struct FileTests {
  let folder: String

  init() throws { folder = try FileSystem.temporaryDirectory(prefix: "assay-base") }

  @Test("a replaced file holds the new bytes, has the mode, and leaves nothing beside it")
  func replace() throws {
    defer { try? FileSystem.remove(folder) }
    let path = FileSystem.join(folder, "a")
    try DurableFile.replace(path, with: [1, 2], mode: 0o600)
    try DurableFile.replace(path, with: [3], mode: 0o600)
    #expect(try FileSystem.read(path, limitBytes: 10) == [3])
    #expect(try FileSystem.entries(of: folder).map(\.name) == ["a"])
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test("links, pipes and folders are refused as files, with their place")
  func refused() throws {
    defer { try? FileSystem.remove(folder) }
    let file = FileSystem.join(folder, "file")
    let link = FileSystem.join(folder, "link")
    let pipe = FileSystem.join(folder, "pipe")
    try DurableFile.replace(file, with: [1])
    #expect(symlink(file, link) == 0)
    #expect(mkfifo(pipe, 0o600) == 0)
    for path in [link, pipe, folder] {
      let problem = #expect(throws: Problem.self) { _ = try MappedFile(path: path) }
      #expect(problem?.place == path)
      #expect(problem?.exitCode == .malformed)
    }
    #expect(try FileSystem.walk(folder).map(\.path) == ["file", "link", "pipe"])
  }

  @Test("a file that changes while it is mapped is noticed")
  func changed() throws {
    defer { try? FileSystem.remove(folder) }
    let path = FileSystem.join(folder, "a")
    try DurableFile.replace(path, with: [1, 2, 3])
    let mapped = try MappedFile(path: path)
    try mapped.checkUnchanged()
    let handle = try #require(FileHandle(forWritingAtPath: path))
    handle.write(Data([9]))
    try handle.close()
    #expect(throws: Problem.self) { try mapped.checkUnchanged() }
    #expect(mapped.bytes(at: 2, count: 1) == [3])
    #expect(mapped.bytes(at: 2, count: 2) == nil)
    #expect(mapped.bytes(at: .max, count: .max) == nil)
  }

  @Test("every mapping outlives the shortening of its file, the first as well as the last")
  func shortened() throws {
    defer { try? FileSystem.remove(folder) }
    let pages = 3 * 16384
    let files = try (0..<8).map { number in
      let path = FileSystem.join(folder, "\(number)")
      try DurableFile.replace(path, with: [UInt8](repeating: 7, count: pages))
      return try MappedFile(path: path)
    }
    for file in files { #expect(truncate(file.path, 10) == 0) }
    for file in files {
      #expect(file.bytes(at: pages - 1, count: 1) == [0])
      #expect(throws: Problem.self) { try file.checkUnchanged() }
    }
  }

  @Test("paths are taken apart as a shell would")
  func paths() {
    #expect(FileSystem.directoryName("a/b") == "a")
    #expect(FileSystem.directoryName("/b") == "/")
    #expect(FileSystem.directoryName("b") == ".")
    #expect(FileSystem.lastComponent("a/b/") == "b")
    #expect(FileSystem.join("a/", "b") == "a/b")
  }
}
