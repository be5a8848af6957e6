// From a request to a route: path, then method, then who asks, then the form of the body. The order
// decides what a stranger learns: which paths exist is public (they are in the document), what is
// behind them is not.

import Base
import HTTP

/// Finds routes, checks callers, and hands requests over.
struct Router: Sendable {
  private let patterns: [[Pattern]]
  /// What matches each path that a template without parameters spells out.
  private let spelledOut: [String: [Match]]
  private let tokens: Tokens
  /// Templates whose last part takes several segments.
  static let openEnded: Set<String> = ["/v1/log/tile/{path}"]

  init(_ routes: [Route], tokens: Tokens) {
    // By number of segments, which rules out most at once.
    let patterns = routes.map(Pattern.init)
    let longest = patterns.map(\.parts.count).max() ?? 0
    let byCount = (0...longest).map { count in patterns.filter { $0.parts.count == count } }
    self.patterns = byCount
    spelledOut = Dictionary(
      routes.filter { !$0.template.contains("{") }.map { route in
        (route.template, Self.matches(route.parts.map(String.init), byCount))
      }, uniquingKeysWith: { first, _ in first })
    self.tokens = tokens
  }

  func admit(_ head: RequestHead) -> Admission {
    let target = head.target
    let found = spelledOut[target.path] ?? Self.matches(target.segments, patterns)
    guard let template = found.first?.route.template else {
      return refuse(APIError.notFound("page"), head, route: "other")
    }
    let method = head.method == .head ? .get : head.method
    guard let match = found.first(where: { $0.route.method == method }) else {
      let allowed = found.flatMap { match in
        match.route.method == .get ? ["GET", "HEAD"] : [match.route.method.rawValue]
      }
      return refuse(
        APIError(
          405, "method_not_allowed", "This page does not take the method \(head.method.rawValue).",
          fields: [("Allow", allowed.joined(separator: ", "))]), head, route: template)
    }
    do throws(APIError) {
      let caller = try authorise(head, match.route)
      try checkBodyType(head, match.route)
      return admission(match, caller)
    } catch {
      return refuse(error, head, route: template)
    }
  }

  // MARK: Matching

  private typealias Match = (route: Route, parameters: [String: String])

  /// A route beside its template, taken apart once.
  private struct Pattern: Sendable {
    enum Part: Sendable {
      case literal(String)
      case parameter(String)
    }
    let route: Route
    let parts: [Part]

    init(_ route: Route) {
      self.route = route
      parts = route.parts.map { word in
        word.first == "{" ? .parameter(String(word.dropFirst().dropLast())) : .literal(String(word))
      }
    }

    /// The parameters with which the template gives these segments, of which there are as many as
    /// parts; nil if it cannot.
    func parameters(in segments: [String]) -> [String: String]? {
      var parameters: [String: String] = [:]
      for (part, segment) in zip(parts, segments) {
        switch part {
        case .parameter(let name):
          guard !segment.isEmpty else { return nil }
          parameters[name] = segment
        case .literal(let word):
          guard word.utf8.elementsEqual(segment.utf8) else { return nil }
        }
      }
      return parameters
    }
  }

  private static func matches(_ segments: [String], _ patterns: [[Pattern]]) -> [Match] {
    var found: [Match] = []
    if segments.count < patterns.count {
      let candidates = patterns[segments.count]
      // By index: a pattern that does not match is not worth a copy.
      for index in candidates.indices {
        if let parameters = candidates[index].parameters(in: segments) {
          found.append((candidates[index].route, parameters))
        }
      }
    }
    guard found.isEmpty else { return found }
    for pattern in patterns.joined() where openEnded.contains(pattern.route.template) {
      let fixed = pattern.parts.count - 1
      guard segments.count > fixed else { continue }
      let joined = segments[0..<fixed] + [segments[fixed...].joined(separator: "/")]
      if let parameters = pattern.parameters(in: Array(joined)) {
        found.append((pattern.route, parameters))
      }
    }
    return found
  }

  // MARK: Who asks, and with what

  private func authorise(_ head: RequestHead, _ route: Route) throws(APIError) -> Caller? {
    guard !route.scopes.isEmpty else { return nil }
    let given = head.values(of: "authorization")
    guard let value = given.first, given.count == 1, let token = Self.bearer(value) else {
      throw Self.unknownCaller
    }
    guard let caller = try translated({ () throws(Problem) in try tokens.caller(bearer: token) })
    else { throw Self.unknownCaller }
    guard caller.has(anyOf: route.scopes) else {
      let names = route.scopes.map(\.rawValue).sorted().joined(separator: " or ")
      throw APIError(403, "scope_missing", "This needs a token with the scope \(names).")
    }
    return caller
  }

  private static let unknownCaller = APIError(
    401, "unauthorized", "This needs a bearer token that is known here.",
    fields: [("WWW-Authenticate", "Bearer realm=\"assay\"")])

  private static func bearer(_ value: String) -> String? {
    let words = value.split(separator: " ", maxSplits: 1)
    guard words.count == 2, words[0].utf8.count == 6, words[0].lowercased() == "bearer",
      (16...512).contains(words[1].utf8.count)
    else { return nil }
    return String(words[1])
  }

  private func checkBodyType(_ head: RequestHead, _ route: Route) throws(APIError) {
    guard route.body != nil else { return }
    let type = head.value(of: "content-type") ?? ""
    let media = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
    // Browsers cannot send this type to another site without asking first.
    guard media == "application/json" else {
      throw APIError(415, "not_json", "The body must be sent as application/json.")
    }
    guard head.value(of: "content-encoding") == nil else {
      throw APIError(415, "encoded_body", "The body must not be compressed.")
    }
  }

  // MARK: Answering

  private func admission(_ match: Match, _ caller: Caller?) -> Admission {
    let route = match.route
    let work: @Sendable (Request) -> Response = { request in
      let call = Call(
        request: request, caller: caller, parameters: match.parameters, template: route.template)
      var response: Response
      do throws(APIError) {
        response = try route.handle(call)
      } catch {
        response = error.response(requestID: call.requestID)
      }
      response.route = route.template
      return response
    }
    return .read(limit: route.body == nil ? 64 * 1024 : route.bodyLimit) { request in
      route.isQuick ? .now(work(request)) : .later { work(request) }
    }
  }

  private func refuse(_ error: APIError, _ head: RequestHead, route: String) -> Admission {
    var response = error.response(requestID: head.requestID)
    response.route = route
    return .answer(response)
  }
}
