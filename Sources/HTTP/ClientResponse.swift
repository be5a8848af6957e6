// An answer that `Client` got, read from the bytes up to the end of the connection.
//
// Strict as the reader of requests is: a line that is no field, two lengths, a length that is not
// the number of bytes that came, or a transfer coding make the answer an error. What was cut short
// is never taken for a short body.

import Base

/// One answer.
public struct ClientResponse: Sendable {
  public let status: Int
  /// Names in lower case.
  public let fields: [(name: String, value: String)]
  public let body: [UInt8]

  public func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}

extension ClientResponse {
  init(reading bytes: [UInt8]) throws(Problem) {
    guard let head = bytes.firstRange(of: [0x0D, 0x0A, 0x0D, 0x0A]) else {
      throw Self.bad("its head has no end")
    }
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    while start <= head.lowerBound {
      let end = bytes[start...].firstRange(of: [0x0D, 0x0A])?.lowerBound ?? head.lowerBound
      lines.append(bytes[start..<end])
      start = end + 2
    }
    status = try Self.status(lines[0])
    var fields: [(name: String, value: String)] = []
    for line in lines.dropFirst() { fields.append(try Self.field(line)) }
    self.fields = fields
    body = Array(bytes[head.upperBound...])
    guard field("transfer-encoding") == nil else { throw Self.bad("it has a transfer coding") }
    let lengths = fields.filter { $0.name == "content-length" }
    guard lengths.count <= 1 else { throw Self.bad("it gives its length twice") }
    if let length = lengths.first?.value, length != String(body.count) {
      throw Self.bad("it holds \(body.count) of \(length) bytes")
    }
  }

  /// `HTTP/1.x NNN reason`.
  private static func status(_ line: ArraySlice<UInt8>) throws(Problem) -> Int {
    let words = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
    guard words.count >= 2, words[0].count == 8, words[0].starts(with: "HTTP/1.".utf8),
      words[1].count == 3, words[1].allSatisfy(Grammar.isDigit)
    else { throw bad("its status line is no status line") }
    let status = words[1].reduce(0) { $0 * 10 + Int($1 - 0x30) }
    guard (200...599).contains(status) else { throw bad("its status is \(status)") }
    return status
  }

  private static func field(
    _ line: ArraySlice<UInt8>
  ) throws(Problem) -> (name: String, value: String) {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
      line[..<colon].allSatisfy(Grammar.isTokenByte),
      line[(colon + 1)...].allSatisfy(Grammar.isValueByte)
    else { throw bad("a line of its head is no field") }
    return (
      String(decoding: line[..<colon].map(Grammar.lower), as: UTF8.self),
      String(decoding: Grammar.trimmed(line[(colon + 1)...]), as: UTF8.self)
    )
  }

  static func bad(_ why: String) -> Problem {
    Problem(.failure, "bad_response", reason: "the answer cannot be read: \(why)")
  }
}
