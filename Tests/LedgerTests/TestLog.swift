import Base
import Crypto
import Store

@testable import Ledger

/// A log in a folder of its own that goes away with it.
final class TestLog {
  let folder: String
  let ledger: Ledger

  static let signer: NoteSigner = {
    let seed = SHA256.hash(Array("assay test key ledger tests".utf8)).bytes
    guard let key = Ed25519.PrivateKey(seed: seed),
      let signer = NoteSigner(name: "assay.example/tests", kind: .ed25519, key: key)
    else { preconditionFailure("a seed of 32 bytes is a key") }
    return signer
  }()

  init(size: Int = 0) throws {
    folder = try FileSystem.temporaryDirectory(prefix: "assay-ledger")
    ledger = try Ledger.create(at: folder + "/log", signer: Self.signer)
    if size > 0 { _ = try ledger.append(Self.entries(0..<size)) }
  }

  deinit { try? FileSystem.remove(folder) }

  var path: String { folder + "/log" }

  static func entries(_ range: Range<Int>) -> [[UInt8]] {
    range.map { Array("assay test entry \($0)\n".utf8) }
  }

  /// What a stranger finds.
  func check(since: [UInt8]? = nil) -> LogReport {
    LogVerifier(directory: path, log: Self.signer.verifier).check(since: since, run: Run())
  }
}
