// Request methods the server knows by name. A token that is none of these is answered 501, a known
// method that a route does not offer 405 (RFC 9110 section 15.6.2 and 15.5.6): clients and fuzzers
// treat the two differently.

/// A request method of RFC 9110, RFC 5789 (PATCH) or the QUERY draft. Names are case-sensitive.
public enum Method: String, Hashable, Sendable, CaseIterable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case delete = "DELETE"
  case patch = "PATCH"
  case options = "OPTIONS"
  case trace = "TRACE"
  case connect = "CONNECT"
  case query = "QUERY"

  init?(token: ArraySlice<UInt8>) {
    // The two that make up nearly all traffic, without building a string.
    if token.elementsEqual([71, 69, 84]) {
      self = .get
      return
    }
    if token.elementsEqual([80, 79, 83, 84]) {
      self = .post
      return
    }
    guard token.count <= 7 else { return nil }
    self.init(rawValue: String(decoding: token, as: UTF8.self))
  }
}
