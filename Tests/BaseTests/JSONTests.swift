import Base
import Foundation
import Testing

/// Goal: strict reading, and one spelling when writing.
/// Method: the public parsing suite with our stricter choices, RFC 8785's own numbers, round trips.
@Suite("JSON")
struct JSONTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let id: String
    let bytes: [UInt8]
    let accept: Bool?
    var testDescription: String { id }
  }

  static let cases: [Case] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Vectors/json.jsonl")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
    return text.split(separator: "\n").compactMap { line in
      guard let json = try? JSON.parse(String(line)), let id = json["id"]?.string else {
        return nil
      }
      var bytes: [UInt8]
      if let coded = json["b64"]?.string {
        bytes = Base64.decode(coded) ?? []
      } else {
        let part = { (key: String) in Array((json[key]?.string ?? "").utf8) }
        let body = (0..<(json["n"]?.int ?? 0)).flatMap { _ in part("repeat") }
        bytes = part("prefix") + body + part("suffix")
      }
      let expect = json["expect"]?.string
      return Case(id: id, bytes: bytes, accept: expect == "either" ? nil : expect == "accept")
    }
  }()

  @Test("vectors are there")
  func vectorsAreThere() {
    #expect(Self.cases.count > 300)
  }

  @Test("is accepted or refused as the suite says", arguments: cases)
  func suite(_ item: Case) {
    let result = try? JSON.parse(item.bytes)
    if let accept = item.accept { #expect((result != nil) == accept) }
    if let result {
      let canonical = result.canonicalBytes
      #expect((try? JSON.parse(canonical))?.canonicalBytes == canonical)
    }
  }

  @Test(
    "writes numbers as ECMAScript does (RFC 8785, appendix B)",
    arguments: [
      (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"),
      (0x0000_0000_0000_0001, "5e-324"), (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
      (0x4340_0000_0000_0000, "9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
      (0x44b5_2d02_c7e1_4af6, "1e+23"), (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
      (0x444b_1ae4_d6e2_ef50, "1e+21"), (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
      (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"), (0x41b3_de43_5555_5553, "333333333.3333332"),
      (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
    ] as [(UInt64, String)])
  func numbers(bits: UInt64, text: String) {
    #expect(JSON(Double(bitPattern: bits)).canonicalText == text)
  }

  @Test("sorts keys by UTF-16 units and escapes only what must be")
  func canonical() throws {
    let json = try JSON.parse(#"{"\u20ac":1,"\r":2,"1":"\u000f\u0041\/","\ud83d\ude00":[],"é":{}}"#)
    #expect(json.canonicalText == "{\"\\r\":2,\"1\":\"\\u000fA/\",\"é\":{},\"€\":1,\"😀\":[]}")
  }

  @Test("keeps keys apart that only canonical equivalence would merge")
  func bytesNotCharacters() throws {
    let json = try JSON.parse("{\"é\":1,\"e\u{301}\":2}")
    #expect(json["é"]?.int == 1)
    #expect(json["e\u{301}"]?.int == 2)
  }

  @Test("keeps every digit of a number")
  func exactNumbers() throws {
    let json = try JSON.parse("[18446744073709551615, 0.1000]")
    #expect(json[0]?.number?.uint64 == .max)
    #expect(json[1]?.number?.text == "0.1000")
  }

  @Test("names the byte of a duplicate key")
  func duplicate() {
    #expect(
      throws: JSONError(offset: 7, reason: "the key \"a\" stands twice in one object"),
      performing: { try JSON.parse(#"{"a":1,"\u0061":2}"#) })
  }
}
