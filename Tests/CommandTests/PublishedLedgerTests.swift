import Base
import Foundation
import Testing

@Suite("The published log of the bundled models")
struct PublishedLedgerTests {
  let folder = "Ledger/models"

  var vkey: String {
    get throws {
      let path = FileSystem.join(Program.repository, "\(folder)/log.vkey")
      return String(decoding: try FileSystem.read(path, limitBytes: 4096), as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  @Test("verifies from its files and its public key alone")
  func verifies() throws {
    let run = try Program.run(["ledger", "verify", "\(folder)/log", "--vkey", vkey, "--json"])
    #expect(run.code == 0, "\(run.output)\(run.notes)")
    #expect(run.json?["size"]?.int == 25)
  }

  @Test("does not verify with one byte of an entry changed")
  func tampered() throws {
    let copy = try FileSystem.temporaryDirectory(prefix: "assay-log")
    defer { try? FileSystem.remove(copy) }
    let log = FileSystem.join(copy, "log")
    try FileManager.default.copyItem(
      atPath: FileSystem.join(Program.repository, "\(folder)/log"), toPath: log)
    let entries = FileSystem.join(log, "tile/entries/000.p/25")
    var bytes = try FileSystem.read(entries, limitBytes: 1 << 20)
    bytes[bytes.count / 2] ^= 1
    try DurableFile.replace(entries, with: bytes)
    #expect(try Program.run(["ledger", "verify", log, "--vkey", vkey, "--json"]).code == 1)
  }
}
