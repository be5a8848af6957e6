import Base
import Crypto
import Testing
import TestSupport

/// Goal: a leaf is trusted only on a valid path to a given root, and only for signing. Method:
/// certificates with fixed dates, each with one thing wrong, looked at from a stated instant.
@Suite("A certificate")
struct CertificateTests {
  @Test("is trusted only when everything about it and its chain is right")
  func chains() throws {
    let all = try vectors("certificates.json")
    let roots = try #require(
      all["root"]?.string.flatMap { Certificate.all(inPEM: Array($0.utf8)) })
    for item in try #require(all["cases"]?.array) {
      let chain = try #require(item["chain"]?.array).flatMap {
        Certificate.all(inPEM: Array(($0.string ?? "").utf8)) ?? []
      }
      let instant = try #require(item["at"]?.string.flatMap { Instant(rfc3339: $0) })
      let key = try? Certificate.verify(chain: chain, roots: roots, at: instant)
      #expect((key != nil) == item["good"]?.bool, "\(item["name"]?.string ?? "")")
      #expect(throws: Problem.self) {
        try Certificate.verify(chain: chain, roots: [], at: instant)
      }
    }
  }

  @Test("reads back the bytes it was made of, and nothing behind them")
  func encoding() throws {
    let pem = try #require(try vectors("certificates.json")["root"]?.string)
    let root = try #require(Certificate.all(inPEM: Array(pem.utf8))?.first)
    #expect(Certificate(der: root.der)?.der == root.der)
    #expect(Certificate(der: root.der + [0]) == nil)
    #expect(Certificate(der: Array(root.der.dropLast())) == nil)
    #expect(Certificate(der: []) == nil)
    #expect(Certificate.all(inPEM: Array((pem + pem).utf8))?.count == 2)
    #expect(Certificate.all(inPEM: []) == nil)
    let damaged = pem + pem.split(separator: "M").joined(separator: "N")
    #expect(Certificate.all(inPEM: Array(damaged.utf8)) == nil)
  }
}
