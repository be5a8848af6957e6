import Base
import Crypto
import Testing
import TestSupport

/// Goal: what is verified is what was signed, byte for byte. Method: the vectors of DSSE's own
/// encoding, envelopes made elsewhere, and every one-byte change of one of ours.
@Suite("A DSSE envelope")
struct EnvelopeTests {
  @Test("encodes type and body as the specification does")
  func preAuthentication() throws {
    for item in try #require(try vectors("dsse.json")["pae"]?.array) {
      let type = try #require(item["payload_type_hex"]?.string.flatMap { Hex.decode($0) })
      let body = try #require(item["body_hex"]?.string.flatMap { Hex.decode($0) })
      let encoded = Envelope.preAuthenticationEncoding(
        type: String(decoding: type, as: UTF8.self), body: body)
      #expect(Hex.encode(encoded) == item["pae_hex"]?.string)
    }
  }

  @Test("made elsewhere is judged as it deserves")
  func foreign() throws {
    let all = try vectors("dsse.json")
    let key = try #require(
      all["public_key_pem"]?.string.flatMap { ECDSA.PublicKey(pem: Array($0.utf8)) })
    for item in try #require(all["envelopes"]?.array) {
      let envelope = try Envelope(json: try #require(item["envelope"]))
      #expect(
        (envelope.verified(by: [key]) != nil) == item["valid"]?.bool, "\(item["id"]?.string ?? "")")
    }
  }

  @Test("needs as many different keys as are asked for")
  func threshold() throws {
    let first = try ECDSA.PrivateKey.generate()
    let second = try ECDSA.PrivateKey.generate()
    var envelope = try Envelope(signing: [1, 2], type: "t", with: first)
    let both = [first.publicKey, second.publicKey]
    #expect(envelope.verified(by: both, threshold: 2) == nil)
    envelope.signatures += envelope.signatures
    #expect(envelope.verified(by: both, threshold: 2) == nil, "one key twice is one key")
    #expect(envelope.verified(by: both + both)?.signers == [first.publicKey])
    envelope.signatures += try Envelope(signing: [1, 2], type: "t", with: second).signatures
    #expect(envelope.verified(by: both, threshold: 2)?.signers == both)
    #expect(envelope.verified(by: []) == nil)
  }

  @Test("with one byte changed verifies no more, or says the same")
  func oneByte() throws {
    let key = try ECDSA.PrivateKey.generate()
    let statement = Statement(
      subjects: [.init(name: "m", sha256: MerkleTree.emptyRoot)], predicateType: "urn:x:y",
      predicate: ["a": 1])
    let bytes = try statement.signed(by: key).bytes
    for position in bytes.indices {
      var changed = bytes
      changed[position] ^= 0x01
      guard let envelope = try? Envelope(parsing: changed) else { continue }
      let payload = envelope.verified(by: [key.publicKey])
      #expect(payload == nil || payload?.bytes == statement.bytes, "byte \(position)")
    }
  }
}

@Suite("An in-toto statement")
struct StatementTests {
  static let digest = MerkleTree.leafHash(Array("subject".utf8))

  @Test("reads back what it writes")
  func roundTrip() throws {
    let statement = Statement(
      subjects: [.init(name: "model", sha256: Self.digest)], predicateType: "urn:x:y",
      predicate: ["z": [1, 2.5, nil], "a": "é"])
    let back = try Statement(parsing: statement.bytes)
    #expect(back == statement)
    #expect(back.subjects[0].sha256 == Self.digest)
    #expect(back.bytes == statement.bytes)
  }

  @Test("ignores members it does not know")
  func unknown() throws {
    let text = """
      {"_type":"https://in-toto.io/Statement/v1","extra":1,"predicateType":"urn:x:y",
       "subject":[{"digest":{"sha1":"ab"},"uri":"file:x"}]}
      """
    let statement = try Statement(parsing: Array(text.utf8))
    #expect(statement.subjects[0].sha256 == nil)
    #expect(statement.predicate.isNull)
  }

  @Test(
    "is refused when",
    arguments: [
      (
        "the type is another",
        #"{"_type":"x","predicateType":"p","subject":[{"digest":{"a":"00"}}]}"#
      ),
      ("no predicate type", #"{"_type":"T","subject":[{"digest":{"a":"00"}}]}"#),
      ("no subject", #"{"_type":"T","predicateType":"p","subject":[]}"#),
      ("no digest", #"{"_type":"T","predicateType":"p","subject":[{"digest":{}}]}"#),
      ("upper-case hex", #"{"_type":"T","predicateType":"p","subject":[{"digest":{"a":"AB"}}]}"#),
      (
        "a digest is a number", #"{"_type":"T","predicateType":"p","subject":[{"digest":{"a":1}}]}"#
      ),
      ("a key stands twice", #"{"_type":"T","_type":"T","predicateType":"p","subject":[]}"#),
      ("it is no object", "[]"),
      ("it is empty", ""),
    ])
  func refusal(when: String, text: String) {
    let full = text.split(separator: #""T""#, omittingEmptySubsequences: false)
      .joined(separator: "\"\(Statement.type)\"")
    #expect(throws: Problem.self, "\(when)") { try Statement(parsing: Array(full.utf8)) }
  }
}
