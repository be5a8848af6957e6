import Base
import Testing

@testable import HTTP

@Suite("An address to call")
struct WebAddressTests {
  @Test(
    "is taken apart",
    arguments: [
      ("http://a.example", "a.example", 80, "/"),
      (
        "HTTP://A.Example:8080/x?y=1", "a.example", 8080,
        "/x?y=1"
      ),
      ("http://a?b", "a", 80, "/?b"), ("http://a:/", "a", 80, "/"),
      ("http://[2001:db8::1]:1/x", "[2001:db8::1]", 1, "/x"), ("http://a:65535", "a", 65_535, "/"),
    ])
  func parts(text: String, host: String, port: Int, target: String) throws {
    let address = try WebAddress(text)
    #expect(address.host == host)
    #expect(Int(address.port) == port)
    #expect(address.target == target)
  }

  @Test(
    "is refused if it hides where it leads",
    arguments: [
      "", "http://", "http:///x", "https://a", "ftp://a", "//a", "a", "http://a#b", "http://u@a",
      "http://u:p@a/", "http://a:0", "http://a:65536", "http://a:-1", "http://a:+1", "http://a:1x",
      "http://a b", "http://a\r\nX: y", "http://a/\u{E9}", "http://\u{E9}", "http://[::1",
      "http://[1]", "http://[:g]", "http://a%2eb", "http://a\u{0}", "http://a,b",
      "http://" + String(repeating: "a", count: 2000),
    ])
  func refused(text: String) {
    #expect(throws: Problem.self) { _ = try WebAddress(text) }
  }

  @Test("of the machine or its network is not public")
  func privateAddresses() {
    let closed: [[UInt8]] = [
      [0, 0, 0, 0], [10, 1, 2, 3], [127, 0, 0, 1], [127, 255, 255, 254], [169, 254, 169, 254],
      [172, 16, 0, 1], [172, 31, 255, 255], [192, 168, 0, 1], [100, 64, 0, 1], [100, 127, 0, 1],
      [192, 0, 0, 1], [192, 0, 2, 1], [198, 18, 0, 1], [198, 19, 0, 1], [198, 51, 100, 1],
      [203, 0, 113, 1], [224, 0, 0, 1], [255, 255, 255, 255], [240, 0, 0, 1],
    ]
    for address in closed { #expect(!NetworkAddress.isPublic(v4: address), "\(address)") }
    let open: [[UInt8]] = [
      [1, 1, 1, 1], [9, 255, 255, 255], [11, 0, 0, 0], [100, 63, 0, 1], [100, 128, 0, 1],
      [172, 15, 0, 1], [172, 32, 0, 1], [192, 167, 0, 1], [192, 169, 0, 1], [198, 17, 0, 1],
      [198, 20, 0, 1], [223, 255, 255, 255],
    ]
    for address in open { #expect(NetworkAddress.isPublic(v4: address), "\(address)") }
  }

  @Test("that resolves to the machine itself is refused unless that is allowed")
  func resolution() throws {
    for host in ["127.0.0.1", "[::1]", "[::ffff:10.0.0.1]", "[fe80::1]", "[2002:7f00:1::]"] {
      let address = try WebAddress("http://\(host)/")
      let problem = try #require(throws: Problem.self) {
        _ = try Delivery.resolve(address, allowsPrivate: false)
      }
      #expect(problem.code == "private_address", "\(host)")
      #expect(try Delivery.resolve(address, allowsPrivate: true) >= 1)
    }
  }
}

@Suite("The host of a request")
struct HostTests {
  @Test("is ours by its exact name alone")
  func names() {
    let ours = HostNames.loopback(and: ["Audit.Example"])
    for name in ["localhost", "127.0.0.1", "[::1]", "audit.example"] {
      #expect(ours.contains(Array(name.utf8)))
    }
    for name in [
      "", "localhost.", "localhost.evil.example", "xlocalhost", "127.0.0.2", "::1", "audit",
      "audit.example.", "Audit.Example",
    ] {
      #expect(!ours.contains(Array(name.utf8)), "\(name)")
    }
    #expect(ours.contains(nil))
    #expect(HostNames.any.contains(Array("anything".utf8)))
  }

  @Test("is read without its port and in lower case, or not at all")
  func reading() {
    func host(_ text: String) -> String? {
      Target.hostName(Array(text.utf8)[...]).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(host("A.b-c_d:80") == "a.b-c_d")
    #expect(host("a:") == "a")
    #expect(host("[::FFFF:1.2.3.4]:1") == "[::ffff:1.2.3.4]")
    for text in [
      "", ":80", "a:b", "a:123456", "a:8 ", "a b", "[]", "[::1]x", "[::1", "::1", "a/b", "a@b",
      "a,b", "é", "a\u{0}",
    ] {
      #expect(host(text) == nil, "\(text)")
    }
  }
}
