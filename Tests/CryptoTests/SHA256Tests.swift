// SHA-256 against published values, and each kernel and stream count against the portable one.

import Base
import Crypto
import Testing

@Suite("SHA-256")
struct SHA256Tests {
  /// FIPS 180-4 examples and the values of NIST's test vectors.
  @Test(
    "gives the published digests",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ], SHA256Kernel.allCases.filter(\.isAvailable))
  func published(_ example: (text: String, hex: String), kernel: SHA256Kernel) {
    var hasher = SHA256(kernel: kernel)
    hasher.update(Array(example.text.utf8))
    #expect(hasher.digest().hex == example.hex)
  }

  static let lengths = [
    0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1000, 4096, 10_007,
  ]

  @Test("is the same for both kernels at every length", arguments: lengths)
  func kernelsAgree(length: Int) {
    let bytes = message(seed: 1, length)
    #expect(digest(bytes, .portable) == digest(bytes, .best))
  }

  @Test("does not depend on how a message is cut", arguments: lengths)
  func cutsDoNotMatter(length: Int) {
    let bytes = message(seed: 2, length)
    for piece in [1, 7, 63, 64, 65, 1000] {
      var hasher = SHA256()
      for start in stride(from: 0, to: length, by: piece) {
        hasher.update(Array(bytes[start..<min(start + piece, length)]))
      }
      #expect(hasher.digest() == digest(bytes, .portable))
    }
  }

  @Test(
    "is the same when messages are fed together",
    arguments: SHA256Kernel.allCases.filter(\.isAvailable))
  func streamsAgree(kernel: SHA256Kernel) {
    let lengths = [0, 1, 63, 64, 65, 200, 1000, 5000]
    for a in lengths {
      for b in lengths {
        let first = message(seed: 3, a)
        let second = message(seed: 4, b)
        let third = message(seed: 5, (a + b) / 2)
        for started in [0, 1, 63] {
          let head = message(seed: 6, started)
          var x = SHA256(kernel: kernel)
          var y = SHA256(kernel: kernel)
          var z = SHA256(kernel: kernel)
          x.update(head)
          SHA256.update(&x, first.span.bytes, &y, second.span.bytes)
          #expect(x.digest() == digest(head + first, .portable))
          #expect(y.digest() == digest(second, .portable))
          SHA256.update(&x, second.span.bytes, &y, third.span.bytes, &z, first.span.bytes)
          #expect(x.digest() == digest(head + first + second, .portable))
          #expect(y.digest() == digest(second + third, .portable))
          #expect(z.digest() == digest(first, .portable))
        }
      }
    }
  }

  @Test("can go on after a digest was taken")
  func digestDoesNotEnd() {
    var hasher = SHA256()
    hasher.update(Array("ab".utf8))
    _ = hasher.digest()
    hasher.update(Array("c".utf8))
    #expect(hasher.digest() == SHA256.hash(Array("abc".utf8)))
  }

  private func message(seed: UInt64, _ length: Int) -> [UInt8] {
    var random = CounterRandom(seed: seed, stream: UInt64(length))
    return (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  private func digest(_ bytes: [UInt8], _ kernel: SHA256Kernel) -> Digest {
    var hasher = SHA256(kernel: kernel)
    hasher.update(bytes)
    return hasher.digest()
  }
}
