import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: what is packed is judged as if it lay in the folder, within limits that are said.
@Suite("Containers in a folder")
struct ContainerTests {
  static let evil: ContentSamples.Member = ("d/x.pkl", ContentSamples.evilPickle)

  @Test("are opened, whatever they are called and in one another")
  func opened() throws {
    let zip = ContentSamples.zip([Self.evil])
    let tar = ContentSamples.tar([("d/", []), Self.evil])
    for (bytes, way) in [
      (zip, "member \"d/x.pkl\""), (tar, "member \"d/x.pkl\""),
      (ContentSamples.gzip(tar), "unpacked: member \"d/x.pkl\""),
      (ContentSamples.zip([("in.bin", zip)]), "member \"in.bin\": member \"d/x.pkl\""),
      (ContentSamples.gzip(ContentSamples.zlib(ContentSamples.evilPickle)), "unpacked: unpacked"),
    ] {
      let findings = try ContentSamples.findings(["assets": bytes])
      let error = findings.first { $0.severity == .error }
      #expect(error?.place?.hasPrefix("assets: \(way)") == true, "\(way)")
      #expect(error?.message.contains("os.system") == true)
    }
  }

  @Test("of harmless files are harmless, with folders and a comment too")
  func harmless() throws {
    let text: ContentSamples.Member = ("docs/a.txt", Array("a\n".utf8))
    for bytes in [
      ContentSamples.zip([("docs/", []), text], comment: "made by hand"),
      ContentSamples.tar([("docs/", []), text]), ContentSamples.gzip(Array("line\n".utf8)),
      ContentSamples.gzip(ContentSamples.tar([text])) + [0, 0, 0],
    ] {
      #expect(try ContentSamples.findings(["x": bytes]).isEmpty)
    }
  }

  @Test("deeper than the limit are named as unread, and opened up to it")
  func depth() throws {
    for (levels, id) in [
      (ContentLimits.depthMax, "pickle-global"), (ContentLimits.depthMax + 1, "file.unread"),
    ] {
      var bytes = ContentSamples.evilPickle
      for _ in 0..<levels { bytes = ContentSamples.zip([("n", bytes)]) }
      #expect(try ContentSamples.findings(["deep": bytes]).map(\.id).contains(id))
    }
  }

  @Test("that hide or lose something are named")
  func odd() throws {
    let zip = ContentSamples.zip([Self.evil])
    for (name, bytes) in [
      ("encrypted", ContentSamples.zip([Self.evil], flags: 1)),
      ("twice", ContentSamples.zip([("a.txt", [0x61]), ("a.txt", [0x62])])),
      ("lies", ContentSamples.tar([("a.txt", [0x61])], claiming: 1 << 32)),
      ("cut.gz", Array(ContentSamples.gzip(Array("text\n".utf8)).dropLast(9))),
      ("behind.gz", ContentSamples.gzip(Array("text\n".utf8)) + [1]),
      ("end", Array(zip.prefix(30)) + [UInt8](repeating: 0xFF, count: 40)),
    ] {
      let findings = try ContentSamples.findings([name: bytes])
      #expect(findings.map(\.id).contains("file.unread"), "\(name)")
      #expect(findings.allSatisfy { $0.place?.contains(name) == true })
    }
  }

  @Test("whose members would leave the folder are named")
  func leaving() throws {
    let link = ContentSamples.tarHeader("a", 0, type: "2", link: "../../etc/passwd")
    for bytes in [
      ContentSamples.zip([("../x.txt", [0x61])]), ContentSamples.tar([("/etc/x.txt", [0x61])]),
      link + [UInt8](repeating: 0, count: 1024),
    ] {
      #expect(try ContentSamples.findings(["x": bytes]).map(\.id) == ["archive.path"])
    }
  }

  @Test("stream at any size of piece", arguments: [1, 7, 511, 512, 4096])
  func pieces(size: Int) throws {
    let long = String(repeating: "n", count: 150)
    let body = (0..<1500).map { UInt8(truncatingIfNeeded: $0) }
    var archive =
      ContentSamples.tarHeader("././@LongLink", long.utf8.count, type: "L") + Array(long.utf8)
    archive += [UInt8](repeating: 0, count: 512 - long.utf8.count)
    archive += ContentSamples.tar([("short", body), ("empty", [])])
    var seen: [(String, [UInt8])] = []
    var reader = TarReader()
    for start in stride(from: 0, to: archive.count, by: size) {
      let piece = Array(archive[start..<min(start + size, archive.count)])
      try reader.feed(piece.span.bytes) { (member, bytes) throws(ContentStop) in
        seen.append((member.name.text, bytes.copy()))
      }
    }
    try reader.finish()
    #expect(seen.map(\.0) == [long, "empty"])
    #expect(seen.map(\.1) == [body, []])
  }

  @Test("that grow without bound are stopped")
  func growth() {
    var stream = UnpackedBytes(packedByteCount: 100)
    let piece = [UInt8](repeating: 0, count: 1 << 20)
    var taken = 0
    #expect(throws: ContentStop.grows) {
      while true {
        try stream.take(piece.span.bytes)
        taken += piece.count
      }
    }
    #expect(taken == ContentLimits.growthFreeBytes)
    #expect(throws: ContentStop.grows) {
      var budget = ContentBudget(fileByteCount: 70_000)
      for _ in 0..<68 { try budget.spend(bytes: 1 << 20) }
    }
    #expect(throws: ContentStop.tooMany) {
      var budget = ContentBudget(fileByteCount: 1)
      for _ in 0...ContentLimits.membersMax { try budget.spendMember() }
    }
  }
}
