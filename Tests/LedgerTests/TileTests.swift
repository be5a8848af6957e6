import Base
import Crypto
import Testing
import TestSupport

@testable import Ledger

@Suite("A tile")
struct TileTests {
  @Test("has the path of the specification")
  func paths() {
    #expect(Tile(.hashes(level: 0), index: 0, width: 256).path == "tile/0/000")
    #expect(Tile(.hashes(level: 5), index: 1_234_067, width: 256).path == "tile/5/x001/x234/067")
    #expect(Tile(.entries, index: 1000, width: 7).path == "tile/entries/x001/000.p/7")
    #expect(Tile(.hashes(level: 1), index: 999, width: 1).path == "tile/1/999.p/1")
  }

  @Test("is written exactly when it differs, however the log grows")
  func changes() {
    for old in [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536] {
      for size in [old, old + 1, old + 255, old + 256, old + 300] {
        let before = Set(Tile.changed(from: 0, to: old))
        let after = Set(Tile.changed(from: 0, to: size))
        #expect(Set(Tile.changed(from: old, to: size)) == after.subtracting(before))
      }
    }
  }

  @Test("bundle of entries reads back, and every shorter or longer one does not")
  func bundles() {
    let entries: [[UInt8]] = [[], [1], [UInt8](repeating: 9, count: 65_535)]
    let bytes = Tile.bundle(entries)
    #expect(Tile.entries(inBundle: bytes, count: 3) == entries)
    #expect(Tile.entries(inBundle: bytes, count: 2) == nil)
    #expect(Tile.entries(inBundle: bytes, count: 4) == nil)
    #expect(Tile.entries(inBundle: bytes + [0], count: 3) == nil)
    for cut in [1, 2, 65_535, 65_536, bytes.count - 1] {
      #expect(Tile.entries(inBundle: Array(bytes.dropLast(cut)), count: 3) == nil)
    }
  }

  @Test("of an export is the one that another implementation writes")
  func foreign() throws {
    for tree in try #require(try vectors("tiles.json")["trees"]?.array) {
      let log = try TestLog(size: try #require(tree["size"]?.int))
      _ = try log.ledger.export(to: log.folder + "/export")
      let files = try FileSystem.walk(log.folder + "/export").map(\.path).filter {
        $0 != "checkpoint"
      }
      let wanted = try #require(tree["files"]?.object)
      #expect(files == wanted.keys.sorted { ByteName($0) < ByteName($1) })
      for file in files {
        let bytes = try FileSystem.read("\(log.folder)/export/\(file)", limitBytes: 1 << 20)
        #expect(SHA256.hash(bytes).hex == wanted[file]?.string, "\(file)")
      }
    }
  }
}
