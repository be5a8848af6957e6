// /v1/log: the ledger as any client of transparency logs reads it (c2sp.org/tlog-checkpoint,
// c2sp.org/tlog-tiles), and proofs as JSON. Checkpoint and tiles are served as they are published,
// so a client never sees a checkpoint whose tiles are not there.

import Base
import HTTP

extension Services {
  var logRoutes: [Route] {
    let size: JSON = ["type": "integer", "minimum": 0]
    return [
      Route(
        method: .get, template: "/v1/log/checkpoint", scopes: [.read],
        summary: "the newest published checkpoint", success: .content(200, ["text/plain"]),
        isQuick: true
      ) { (_) throws(APIError) in
        let bytes = try translated { () throws(Problem) in
          try FileSystem.read("\(state.ledgerPath)/checkpoint", limitBytes: 1 << 20)
        }
        return Response(
          200, fields: [("Cache-Control", "no-cache")], type: "text/plain; charset=utf-8",
          body: bytes)
      },
      Route(
        method: .get, template: "/v1/log/tile/{path}", scopes: [.read],
        summary: "a tile or entry bundle; its path may have several segments",
        success: .content(200, ["application/octet-stream"]), handle: tile),
      Route(
        method: .get, template: "/v1/log/proof/inclusion", scopes: [.read],
        summary: "that an entry is in the log of a size",
        query: [
          QueryParameter(name: "index", schema: size, isRequired: true),
          QueryParameter(
            name: "size", schema: ["type": "integer", "minimum": 1], isRequired: true),
        ], success: .inline(200, ["type": "object"])
      ) { (call) throws(APIError) in
        let index = try required(call, "index")
        let size = try required(call, "size")
        return try proof { (state) throws(Problem) in
          try state.inclusion(index: index, size: size)
        }
      },
      Route(
        method: .get, template: "/v1/log/proof/consistency", scopes: [.read],
        summary: "that the log of one size begins with the log of an older one",
        query: [
          QueryParameter(name: "old", schema: size, isRequired: true),
          QueryParameter(name: "size", schema: size, isRequired: true),
        ], success: .inline(200, ["type": "object"])
      ) { (call) throws(APIError) in
        let old = try required(call, "old")
        let size = try required(call, "size")
        return try proof { (state) throws(Problem) in
          try state.consistency(old: old, size: size)
        }
      },
    ]
  }

  private func required(_ call: Call, _ name: String) throws(APIError) -> Int {
    guard let number = try call.number(name, in: 0...Int.max >> 1) else {
      throw APIError(422, "parameter_missing", "The parameter \(name) is missing.")
    }
    return number
  }

  private func proof(
    _ body: @escaping @Sendable (StateTransaction) throws(Problem) -> JSON
  ) throws(APIError) -> Response {
    do throws(Problem) {
      return .json(200, try writer.write(body))
    } catch {
      guard error.kind == .failure else {
        throw APIError(422, "no_such_proof", "The log has no such index or size.")
      }
      throw APIError(error)
    }
  }

  /// `0/x001/234`, `entries/000.p/5`: digits in threes, as the specification writes them. The path
  /// is checked against that grammar before it names a file.
  private func tile(_ call: Call) throws(APIError) -> Response {
    let path = call.path("path")
    guard Self.isTilePath(path) else { throw APIError.notFound("tile") }
    let file = "\(state.ledgerPath)/tile/\(path)"
    guard FileSystem.kind(of: file) == .file,
      let bytes = try? FileSystem.read(file, limitBytes: 64 << 20)
    else { throw APIError.notFound("tile") }
    let isFull = !path.contains(".p/")
    let caching = isFull ? "max-age=31536000, immutable" : "no-cache"
    return Response(
      200, fields: [("Cache-Control", caching)], type: "application/octet-stream", body: bytes)
  }

  static func isTilePath(_ path: String) -> Bool {
    var parts = path.split(separator: "/", omittingEmptySubsequences: false)[...]
    func isNumber(_ text: Substring, digits: ClosedRange<Int>) -> Bool {
      digits.contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
    guard let level = parts.popFirst(), level == "entries" || isNumber(level, digits: 1...2)
    else { return false }
    if let last = parts.last, parts.count >= 2, parts[parts.endIndex - 2].hasSuffix(".p") {
      guard isNumber(last, digits: 1...3) else { return false }
      parts = parts.dropLast()
      parts[parts.endIndex - 1] = parts[parts.endIndex - 1].dropLast(2)
    }
    guard (1...6).contains(parts.count), let last = parts.popLast(), isNumber(last, digits: 3...3)
    else { return false }
    return parts.allSatisfy { $0.first == "x" && isNumber($0.dropFirst(), digits: 3...3) }
  }
}
