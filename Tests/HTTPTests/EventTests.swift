import Base
import Testing

@testable import HTTP

@Suite("An event on the wire")
struct EventTests {
  /// The events a browser reads (HTML Living Standard section 9.2.6): CR, LF and CR LF end lines.
  static func read(_ bytes: [UInt8]) -> [[String: String]] {
    let text = String(decoding: bytes, as: UTF8.self).unicodeScalars
    var lines = [""]
    var last: Unicode.Scalar = " "
    for scalar in text {
      if scalar == "\n" || scalar == "\r" {
        if !(scalar == "\n" && last == "\r") { lines.append("") }
      } else {
        lines[lines.count - 1].unicodeScalars.append(scalar)
      }
      last = scalar
    }
    var events: [[String: String]] = []
    var current: [String: String] = [:]
    for line in lines {
      if line.isEmpty {
        if !current.isEmpty { events.append(current) }
        current = [:]
        continue
      }
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
      let key = String(parts[0])
      current[key] = current[key].map { $0 + "\n" + value } ?? value
    }
    return events
  }

  @Test(
    "is one event with the data it was given, whatever ends its lines",
    arguments: [
      ("a", "a"), ("a\nb", "a\nb"), ("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("", ""),
      ("a\r\revent: evil", "a\n\nevent: evil"), ("a\r\n\r\nid: 9", "a\n\nid: 9"), ("a\n", "a\n"),
    ])
  func lines(data: String, read: String) throws {
    let events = Self.read(Event(id: 7, name: "state", data: data).bytes)
    try #require(events.count == 1)
    #expect(events[0] == ["id": "7", "event": "state", "data": read])
  }

  @Test("has a name on one line")
  func name() throws {
    let events = Self.read(Event(id: 1, name: "a\r\nid: 2\n\nb", data: "x").bytes)
    try #require(events.count == 1)
    #expect(events[0]["id"] == "1")
    #expect(events[0]["data"] == "x")
  }
}
