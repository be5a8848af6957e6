// The one reader of public keys: what it takes, and how it refuses what it does not.

import Base
import Crypto
import TestSupport
import Testing

@Suite("Public keys on disk")
struct PublicKeyFileTests {
  let folder: TemporaryFolder
  let key: ECDSA.PrivateKey
  init() throws {
    folder = try TemporaryFolder()
    key = try ECDSA.PrivateKey.generate()
  }

  private func write(_ text: String) throws -> String {
    try folder.write("key.pem", Array(text.utf8))
  }

  private var pem: String { String(decoding: key.publicKey.pem, as: UTF8.self) }

  @Test("are read, also behind other text and with line ends of other systems")
  func reads() throws {
    for text in [pem, "a remark\n" + pem, pem.replacing("\n", with: "\r\n")] {
      #expect(try KeyFile.readPublic(write(text)) == key.publicKey)
    }
  }

  @Test("of other kinds are refused with file, line, and what to do")
  func kinds() throws {
    let secret = String(
      decoding: try KeyFile.pem(of: .ecdsa(key), passphrase: nil), as: UTF8.self)
    let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    let damaged = pem.replacing(
      "-----BEGIN PUBLIC KEY-----\n",
      with: {
        "-----BEGIN PUBLIC KEY-----\nAAAA"
      }())
    let other = "-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n"
    let cases = [
      ("\n" + secret, 2, "private key", "-pubout"), (certificate, 1, "certificate", "x509"),
      ("x\n\n" + damaged, 3, "damaged", "statement.pub.pem"),
      (other, 1, "another kind", "BEGIN PUBLIC KEY"),
      // The block that was meant is told of, not the one before it.
      (certificate + damaged, 4, "damaged", "statement.pub.pem"),
    ]
    for (text, line, reason, remedy) in cases {
      let path = try write(text)
      let problem = try #require(throws: Problem.self) { _ = try KeyFile.readPublic(path) }
      #expect(problem.code == "bad_key" && problem.kind == .malformed)
      #expect(problem.place == "\(path), line \(line)")
      #expect(problem.reason.contains(reason), "\(problem.reason)")
      #expect(problem.remedy?.contains(remedy) == true, "\(problem.remedy ?? "")")
    }
  }

  @Test("that are none are refused with the file, and what to give", arguments: ["", "hello\n"])
  func none(_ text: String) throws {
    let path = try write(text)
    let problem = try #require(throws: Problem.self) { _ = try KeyFile.readPublic(path) }
    #expect(problem.code == "bad_key" && problem.place == path)
    #expect(problem.remedy?.contains("-----BEGIN PUBLIC KEY-----") == true)
    let missing = try #require(throws: Problem.self) {
      _ = try KeyFile.readPublic(folder.path + "/none.pem")
    }
    #expect(missing.place?.hasSuffix("none.pem") == true)
  }
}
