// Answers: status, fields and a body that is either bytes or a stream of events.
//
// Errors are problem documents (RFC 9457) with a stable `code` for programs and the request's
// identifier, so that a log line and what the client saw can be brought together.
// Field values are ours or checked: a CR or LF in one never reaches the wire.

import Base

/// What goes back for one request.
public struct Response: Sendable {
  /// The content: whole, or produced over time by the loop's pulling.
  public enum Body: Sendable {
    case bytes([UInt8])
    case events(any EventSource)
  }

  public var status: Int
  public var fields: [(name: String, value: String)]
  public var body: Body
  /// Close the connection after this answer.
  public var closes = false
  /// The name under which the answer is counted: a route's template, never what a client sent.
  public var route = ""

  public init(
    _ status: Int, fields: [(name: String, value: String)] = [], type: String? = nil,
    body: [UInt8] = []
  ) {
    self.status = status
    self.fields = fields
    if let type { self.fields.append(("Content-Type", type)) }
    self.body = .bytes(body)
  }

  /// A JSON answer, canonical, one line.
  public static func json(
    _ status: Int, _ value: JSON, fields: [(name: String, value: String)] = []
  ) -> Response {
    Response(
      status, fields: fields, type: "application/json", body: value.canonicalBytes + [0x0A])
  }

  /// An event stream (HTML Living Standard, server-sent events) that `source` fills.
  public static func events(_ source: any EventSource) -> Response {
    var response = Response(
      200,
      fields: [("Cache-Control", "no-store"), ("X-Accel-Buffering", "no")],
      type: "text/event-stream")
    response.body = .events(source)
    response.closes = true
    return response
  }

  /// A problem document. `errors` point into the request's JSON body.
  public static func problem(
    _ status: Int, _ code: String, _ detail: String, requestID: String,
    errors: [(pointer: String, detail: String)] = [],
    fields: [(name: String, value: String)] = []
  ) -> Response {
    var object: JSONObject = [
      "type": "about:blank", "title": .string(reasonPhrase(status)),
      "status": .number(JSONNumber(status)), "detail": .string(detail), "code": .string(code),
      "request_id": .string(requestID),
    ]
    if !errors.isEmpty {
      object["errors"] = .array(
        errors.map { ["pointer": .string($0.pointer), "detail": .string($0.detail)] })
    }
    return Response(
      status, fields: fields, type: "application/problem+json",
      body: JSON.object(object).canonicalBytes + [0x0A])
  }
}

// MARK: Wire form

extension Response {
  /// Appends status line, fields and the empty line; and the body unless `omitsBody`.
  func write(
    to out: inout [UInt8], date: [UInt8], requestID: String, keepsAlive: Bool, isHTTP11: Bool,
    omitsBody: Bool
  ) {
    out.append(contentsOf: "HTTP/1.1 ".utf8)
    appendDecimal(status, to: &out)
    out.append(0x20)
    out.append(contentsOf: Self.reasonPhrase(status).utf8)
    out.append(contentsOf: "\r\nDate: ".utf8)
    out.append(contentsOf: date)
    out.append(contentsOf: "\r\nX-Request-Id: ".utf8)
    out.append(contentsOf: requestID.utf8)
    for field in fields where Self.isSafe(field.value) {
      out.append(contentsOf: "\r\n".utf8)
      out.append(contentsOf: field.name.utf8)
      out.append(contentsOf: ": ".utf8)
      out.append(contentsOf: field.value.utf8)
    }
    if !keepsAlive { out.append(contentsOf: "\r\nConnection: close".utf8) }
    switch body {
    case .bytes(let bytes):
      if status != 204, status >= 200 {
        out.append(contentsOf: "\r\nContent-Length: ".utf8)
        appendDecimal(bytes.count, to: &out)
      }
      out.append(contentsOf: "\r\n\r\n".utf8)
      if !omitsBody, status != 204 { out.append(contentsOf: bytes) }
    case .events:
      if isHTTP11 { out.append(contentsOf: "\r\nTransfer-Encoding: chunked".utf8) }
      out.append(contentsOf: "\r\n\r\n".utf8)
    }
  }

  private static func isSafe(_ value: String) -> Bool {
    value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
  }

  /// The usual phrase for a status (RFC 9110 section 15, RFC 6585); "Status" for one without.
  static func reasonPhrase(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 304: "Not Modified"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 406: "Not Acceptable"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 411: "Length Required"
    case 412: "Precondition Failed"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 415: "Unsupported Media Type"
    case 417: "Expectation Failed"
    case 421: "Misdirected Request"
    case 422: "Unprocessable Content"
    case 428: "Precondition Required"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 503: "Service Unavailable"
    case 505: "HTTP Version Not Supported"
    case 507: "Insufficient Storage"
    default: "Status"
    }
  }
}

func appendDecimal(_ number: Int, to out: inout [UInt8]) {
  if number >= 10 { appendDecimal(number / 10, to: &out) }
  out.append(UInt8(0x30 + number % 10))
}
