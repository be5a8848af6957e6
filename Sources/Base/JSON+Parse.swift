// Strict reading of JSON (RFC 8259), for documents that are hashed, signed or decided on.
//
// Refused beside what the grammar refuses: a key that stands twice in one object (after
// unescaping, compared as bytes), a byte order mark, lone surrogates, text that is not UTF-8,
// numbers beyond a double's range, nesting deeper than the limit, a document longer than the
// limit. Every error names its byte.

/// Bounds on what a document may cost.
public struct JSONLimits: Sendable {
  public var depthMax: Int
  public var byteCountMax: Int

  public init(depthMax: Int, byteCountMax: Int) {
    self.depthMax = depthMax
    self.byteCountMax = byteCountMax
  }

  /// 64 levels, 256 MiB.
  public static let standard = JSONLimits(depthMax: 64, byteCountMax: 256 << 20)
}

/// Why bytes are not a JSON document, and at which byte.
public struct JSONError: Error, Equatable, Sendable {
  public let offset: Int
  public let reason: String

  public init(offset: Int, reason: String) {
    self.offset = offset
    self.reason = reason
  }

  /// The same at a seam, with the file's name.
  public func problem(file: String) -> Problem {
    Problem(
      .malformed, "malformed_json", place: "\(file): byte \(offset)", reason: reason,
      remedy: "correct the document; duplicate keys, comments and trailing commas are refused")
  }
}

extension JSON {
  /// Reads one document that fills `bytes`. Ends soon after the run is no longer wanted, with an
  /// error that whoever catches it answers by asking the run.
  public static func parse(
    _ bytes: [UInt8], limits: JSONLimits = .standard, run: Run = Run()
  ) throws(JSONError) -> JSON {
    guard bytes.count <= min(limits.byteCountMax, JSONScanner.byteCountMax) else {
      throw JSONError(offset: 0, reason: "the document is longer than \(limits.byteCountMax) bytes")
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      throw JSONError(offset: 0, reason: "a byte order mark is not allowed")
    }
    let span = unsafe bytes.span.bytes
    var reader = JSONReader(scanner: JSONScanner(depthMax: limits.depthMax, run: run))
    reader.scanner.skipSpace(span)
    let value = try reader.value(span, depth: 0)
    try reader.scanner.end(span)
    return value
  }

  /// Reads the document that a file holds. Throws `malformed_json` with the file's name, or what
  /// the run says once it is no longer wanted.
  public static func parse(
    _ bytes: [UInt8], file: String, run: Run
  ) throws(Problem) -> JSON {
    do throws(JSONError) { return try parse(bytes, run: run) } catch {
      try run.check()
      throw error.problem(file: file)
    }
  }

  /// Reads one document from text.
  public static func parse(_ text: String) throws(JSONError) -> JSON {
    try parse(Array(text.utf8))
  }
}

/// Makes values of what the scanner steps over.
private struct JSONReader {
  var scanner: JSONScanner

  mutating func value(_ bytes: RawSpan, depth: Int) throws(JSONError) -> JSON {
    let first = scanner.current(bytes)
    switch first ?? 0 {
    case UInt8(ascii: "{"): return try object(bytes, depth: depth + 1)
    case UInt8(ascii: "["): return try array(bytes, depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try scanner.string(bytes).string(bytes))
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return .number(JSONNumber(at: try scanner.number(bytes), bytes))
    default:
      // A literal, or nothing that JSON knows.
      try scanner.skipValue(bytes, depth: depth)
      return first == UInt8(ascii: "n") ? .null : .bool(first == UInt8(ascii: "t"))
    }
  }

  private mutating func object(_ bytes: RawSpan, depth: Int) throws(JSONError) -> JSON {
    var result = JSONObject()
    guard try scanner.opens(bytes, depth: depth) else { return .object(result) }
    repeat {
      let start = scanner.offset
      let key = try scanner.key(bytes).string(bytes)
      guard result[key] == nil else {
        throw JSONError(offset: start, reason: "the key \"\(key)\" stands twice in one object")
      }
      try scanner.colon(bytes)
      result[key] = try value(bytes, depth: depth)
    } while try scanner.continues(bytes, until: "}")
    return .object(result)
  }

  private mutating func array(_ bytes: RawSpan, depth: Int) throws(JSONError) -> JSON {
    var result: [JSON] = []
    guard try scanner.opens(bytes, depth: depth) else { return .array(result) }
    repeat {
      result.append(try value(bytes, depth: depth))
    } while try scanner.continues(bytes, until: "]")
    return .array(result)
  }
}
