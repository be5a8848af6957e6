import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: following a pickle takes time and memory in proportion to its length, whatever it calls.
/// Method: streams that copied or searched one long list for every two bytes, at full size.
@Suite("The limits of a pickle")
struct PickleLimitTests {
  /// A list of `count` times the same pair, kept as memo 1 inside a tuple of arguments, memo 2.
  static func longList(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = [0x80, 2, UInt8(ascii: "N"), UInt8(ascii: "N"), 0x86]
    bytes += [UInt8(ascii: "q"), 0, UInt8(ascii: "0"), UInt8(ascii: "]"), UInt8(ascii: "q"), 1]
    bytes += [UInt8(ascii: "(")]
    for _ in 0..<count { bytes += [UInt8(ascii: "h"), 0] }
    return bytes + [UInt8(ascii: "e"), 0x85, UInt8(ascii: "q"), 2, UInt8(ascii: "0")]
  }

  static let orderedDict = Array("ccollections\nOrderedDict\n".utf8)
  static let again: [UInt8] = [UInt8(ascii: "q"), 3, UInt8(ascii: "0")]

  @Test("hold for calls that copy one long list again and again")
  func copies() {
    var bytes = Self.longList(100_000) + Self.orderedDict + Self.again
    for _ in 0..<10_000 { bytes += [UInt8(ascii: "h"), 3, UInt8(ascii: "h"), 2, 0x52, 0x30] }
    let scan = PickleScan(bytes + [UInt8(ascii: "N"), 0x2E], place: "p")
    #expect(scan.first == nil)
    #expect(scan.problem?.reason.contains("members") == true)
  }

  @Test("leave room for what torch writes")
  func roomForReal() {
    let once = Self.longList(100_000) + Self.orderedDict + [UInt8(ascii: "h"), 2, 0x52, 0x2E]
    #expect(PickleScan(once, place: "p").first != nil)
  }

  @Test("hold for states that are looked through again and again")
  func states() {
    // One dictionary of 100 000 times `_metadata`, set as the state of one object 10 000 times.
    var bytes: [UInt8] = [0x80, 2, UInt8(ascii: "U"), 9] + Array("_metadata".utf8)
    bytes += [UInt8(ascii: "q"), 0, UInt8(ascii: "0"), UInt8(ascii: "}"), UInt8(ascii: "(")]
    for _ in 0..<100_000 { bytes += [UInt8(ascii: "h"), 0, UInt8(ascii: "h"), 0] }
    bytes += [UInt8(ascii: "u"), UInt8(ascii: "q"), 1, UInt8(ascii: "0")]
    bytes += Self.orderedDict + [UInt8(ascii: ")"), 0x52]
    for _ in 0..<10_000 { bytes += [UInt8(ascii: "h"), 1, UInt8(ascii: "b")] }
    let scan = PickleScan(bytes + [0x2E], place: "p")
    #expect(scan.problem?.reason.contains("members") == true)
  }

  @Test("let a size be made of a tuple alone")
  func sizes() {
    let size = Array("ctorch\nSize\n".utf8)
    let list = size + [UInt8(ascii: "]"), 0x85, 0x52, 0x2E]
    let tuple = size + [UInt8(ascii: ")"), 0x85, 0x52, 0x2E]
    #expect(PickleScan(list, place: "p").findings.map(\.id) == ["pickle-call"])
    #expect(PickleScan(tuple, place: "p").findings.isEmpty)
  }
}
