import Base
import Crypto
import Testing
import TestSupport

/// Goal: signatures of every kind hold for what was signed and for nothing else, and keys survive
/// the way to disk and back. Method: published vectors, round trips, one changed byte at a time.
@Suite("Signatures and keys")
struct SignatureTests {
  static let message = Array("the message".utf8)

  @Test("Ed25519 reproduces RFC 8032 section 7.1, test 2")
  func rfc8032() throws {
    let seed = try #require(
      Hex.decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    let key = try #require(Ed25519.PrivateKey(seed: seed))
    #expect(
      Hex.encode(key.publicKey.bytes)
        == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    #expect(
      Hex.encode(try key.sign([0x72]))
        == "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
  }

  @Test("one changed bit in message or signature is noticed")
  func changes() throws {
    let ed25519 = try Ed25519.PrivateKey.generate()
    let ecdsa = try ECDSA.PrivateKey.generate()
    let checks: [(signature: [UInt8], holds: ([UInt8], [UInt8]) -> Bool)] = [
      (try ed25519.sign(Self.message), { ed25519.publicKey.verify($0, of: $1) }),
      (try ecdsa.sign(Self.message), { ecdsa.publicKey.verify($0, of: $1) }),
    ]
    for (signature, holds) in checks {
      #expect(holds(signature, Self.message))
      #expect(!holds([], Self.message))
      #expect(!holds(signature + [0], Self.message))
      #expect(!holds(Array(signature.dropLast()), Self.message))
      for position in signature.indices {
        var changed = signature
        changed[position] ^= 0x04
        #expect(!holds(changed, Self.message), "byte \(position)")
      }
      for position in Self.message.indices {
        var changed = Self.message
        changed[position] ^= 0x01
        #expect(!holds(signature, changed))
      }
    }
  }

  @Test("a P-256 key follows from its secret number, which must be in range")
  func scalars() throws {
    var one = [UInt8](repeating: 0, count: 32)
    #expect(ECDSA.PrivateKey(p256Scalar: one) == nil, "zero")
    one[31] = 1
    let key = try #require(ECDSA.PrivateKey(p256Scalar: one))
    // The public key of 1 is the base point (SP 800-186 section 3.2.1.3).
    #expect(
      Hex.encode(key.publicKey.der.suffix(64)).hasPrefix(
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"))
    #expect(ECDSA.PrivateKey(p256Scalar: [UInt8](repeating: 0xFF, count: 32)) == nil, "above order")
    #expect(ECDSA.PrivateKey(p256Scalar: [1]) == nil, "wrong length")
    #expect(key.publicKey.verify(try key.sign(Self.message), of: Self.message))
  }

  @Test("a key survives its PEM file, with a passphrase and without")
  func files() throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-keys")
    defer { try? FileSystem.remove(folder) }
    let ecdsa = try ECDSA.PrivateKey.generate()
    let ed25519 = try Ed25519.PrivateKey.generate()
    for passphrase in [nil, Array("open sesame".utf8)] as [[UInt8]?] {
      try KeyFile.write(.ecdsa(ecdsa), path: folder + "/a", passphrase: passphrase)
      try KeyFile.write(.ed25519(ed25519), path: folder + "/b", passphrase: passphrase)
      let back = try KeyFile.readECDSA(path: folder + "/a", passphrase: passphrase)
      #expect(back.publicKey == ecdsa.publicKey)
      let other = try KeyFile.readEd25519(path: folder + "/b", passphrase: passphrase)
      #expect(other.publicKey == ed25519.publicKey)
      #expect(throws: Problem.self) {
        try KeyFile.readEd25519(path: folder + "/a", passphrase: passphrase)
      }
      #expect(throws: Problem.self) {
        try KeyFile.readECDSA(path: folder + "/b", passphrase: passphrase)
      }
    }
    // The files are encrypted now.
    for wrong in [nil, Array("open barley".utf8), []] as [[UInt8]?] {
      #expect(throws: Problem.self) { try KeyFile.read(path: folder + "/a", passphrase: wrong) }
    }
  }

  @Test("a public key survives its PEM text, whose digest is its identifier")
  func publicKeys() throws {
    let key = try ECDSA.PrivateKey.generate().publicKey
    #expect(ECDSA.PublicKey(pem: key.pem) == key)
    #expect(key.identifier == SHA256.hash(key.pem))
    #expect(key.curve == .p256)
  }

  @Test("keys on other curves and other things are refused")
  func otherCurves() {
    let secp256k1 = """
      -----BEGIN PUBLIC KEY-----
      MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE9MPAJGLfAz1SYlu8McGGTo3O0jrZoCFb
      yICYY+O1rdRJvI8UyrlYsNJPIAKeWO1yg10DhKw56oPvVT5KpgtN5w==
      -----END PUBLIC KEY-----

      """
    #expect(ECDSA.PublicKey(pem: Array(secp256k1.utf8)) == nil)
    #expect(ECDSA.PublicKey(pem: []) == nil)
    #expect(ECDSA.PublicKey(pem: Array("-----BEGIN PUBLIC KEY-----\n".utf8)) == nil)
    #expect(Ed25519.PublicKey(bytes: [1, 2, 3]) == nil)
  }
}

@Suite("A note key")
struct NoteKeyTests {
  static let vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

  @Test("reads back the text it writes, and knows its id")
  func roundTrip() throws {
    let key = try #require(NoteVerifier(vkey: Self.vkey))
    #expect(key.name == "example.com/foo")
    #expect(key.vkey == Self.vkey)
    #expect(key.id == 0x530d_903a)
    #expect(key.kind == .ed25519)
  }

  @Test(
    "is refused when",
    arguments: [
      (
        "the id is not its key's",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
      ),
      (
        "the name is not its key's",
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
      ),
      ("the name is empty", "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"),
      ("the base64 is cut", "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2"),
      (
        "the id is upper case",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
      ),
      ("there is no key", "example.com/foo+530d903a"),
      ("there is nothing", ""),
    ])
  func refusal(when: String, text: String) {
    #expect(NoteVerifier(vkey: text) == nil, "\(when)")
  }

  @Test("signs text, and as a witness the time as well")
  func signs() throws {
    let seed = [UInt8](repeating: 7, count: 32)
    let key = try #require(Ed25519.PrivateKey(seed: seed))
    let text = Array("origin\n0\nroot\n".utf8)
    let log = try #require(NoteSigner(name: "log", kind: .ed25519, key: key))
    #expect(log.verifier.verify(try log.sign(text), of: text))
    let witness = try #require(NoteSigner(name: "witness", kind: .cosignature, key: key))
    let cosignature = try witness.sign(text, time: 1_700_000_000)
    #expect(witness.verifier.verify(cosignature, of: text))
    #expect(!log.verifier.verify(Array(cosignature.dropFirst(8)), of: text), "the header is signed")
    for position in 0..<8 {
      var changed = cosignature
      changed[position] ^= 1
      #expect(!witness.verifier.verify(changed, of: text), "byte \(position) of the time")
    }
  }

  @Test("reads the signer keys of golang.org/x/mod")
  func signerKeys() throws {
    let key = try #require(Ed25519.PrivateKey(seed: [UInt8](repeating: 7, count: 32)))
    let signer = try #require(NoteSigner(name: "a/b", kind: .ed25519, key: key))
    let fields = signer.verifier.vkey.split(separator: "+", maxSplits: 2)
    let body = Base64.encode([1] + [UInt8](repeating: 7, count: 32))
    let text = "PRIVATE+KEY+a/b+\(fields[1])+\(body)"
    #expect(NoteSigner(skey: text)?.verifier == signer.verifier)
    #expect(NoteSigner(skey: signer.verifier.vkey) == nil, "a public key")
    #expect(NoteSigner(skey: "PRIVATE+KEY+c+\(fields[1])+\(body)") == nil, "another name")
  }
}
