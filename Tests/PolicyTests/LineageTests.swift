import Base
import Testing

@testable import Policy

@Suite("The lineage of a question")
struct LineageTests {
  private func pack(_ path: String) throws(Problem) -> PolicyPack {
    let when: JSON = [
      "some_ancestor": ["path": .string(path), "where": ["origin": ["DE"]]]
    ]
    return try smallPack(rules([rule("r", "deny", ["when": when])]))
  }

  private func edge(_ id: String, _ child: String, _ relation: JSON, _ more: JSONObject = [:])
    -> JSON
  {
    var object: JSONObject = [
      "id": .string(id), "child": .string(child), "relation": relation, "grade": "declared",
      "licence": "FREE", "route": "outputs",
    ]
    for (key, value) in more { object[key] = value }
    return .object(object)
  }

  @Test("a path is as sure as its weakest edge, and the surest path counts")
  func weakest() throws {
    let weak = edge("far", "mid", "copy", ["origin": "DE", "grade": "suspected"])
    let mid = edge("mid", "model", "copy", ["origin": "FR"])
    #expect(try decide(pack("derivation"), question(edges: [weak, mid])).verdict == .review)
    let direct = edge("far", "model", "copy", ["origin": "DE"])
    #expect(try decide(pack("derivation"), question(edges: [weak, mid, direct])).verdict == .deny)
  }

  @Test("training is one step of training and derivation after it")
  func training() throws {
    let base = edge("mid", "model", "finetuned", ["origin": "FR"])
    let taught = edge("far", "mid", "distilled", ["origin": "DE"])
    #expect(try decide(pack("training"), question(edges: [base, taught])).verdict == .deny)
    #expect(try decide(pack("derivation"), question(edges: [base, taught])).verdict == .allow)
    let twice = [
      edge("mid", "model", "distilled", ["origin": "FR"]),
      edge("far", "mid", "distilled", ["origin": "DE"]),
    ]
    #expect(try decide(pack("training"), question(edges: twice)).verdict == .allow)
    #expect(try decide(pack("any"), question(edges: twice)).verdict == .deny)
  }

  @Test("fifty layers with 2^50 paths are decided at once")
  func manyPaths() throws {
    var edges: [JSON] = []
    for layer in 0..<50 {
      let child = layer == 0 ? "model" : "n\(layer - 1)"
      edges.append(edge("n\(layer)", child, "merged", ["origin": "FR"]))
      edges.append(edge("n\(layer)", child, "copy", ["grade": "suspected", "origin": "FR"]))
    }
    edges.append(edge("root", "n49", "copy", ["origin": "DE"]))
    #expect(try decide(pack("derivation"), question(edges: edges)).verdict == .deny)
  }

  @Test("a cycle, an edge to nobody and an unknown field are refused")
  func refusals() throws {
    func refusal(_ edges: [JSON]) throws -> String {
      do throws(Problem) {
        _ = try decide(try pack("any"), question(edges: edges))
        return "answered"
      } catch { return "\(error.code) \(error.place ?? "")" }
    }
    #expect(
      try refusal([edge("a", "b", "copy"), edge("b", "a", "copy")]) == "lineage_cycle /ancestors")
    #expect(try refusal([edge("model", "model", "copy")]) == "lineage_cycle /ancestors")
    #expect(try refusal([edge("a", "nobody", "copy")]) == "unknown_node /ancestors/0/child")
    #expect(
      try refusal([edge("a", "model", "copy", ["dat": "2025-01-01"])])
        == "unknown_field /ancestors/0/dat")
    #expect(
      try refusal([edge("a", "model", "stolen")]) == "bad_value /ancestors/0/relation")
  }

  @Test("an edge of unknown direction is a suspicion about the model, either way round")
  func undetermined() throws {
    var request = try PolicyRequest(scenario: question())
    var found = LineageEdge(
      ancestor: "model", child: "twin", relation: .finetuned, grade: .signed,
      direction: .undetermined, licence: "FREE", origin: "DE")
    request.edges = [found]
    #expect(try Policy.evaluate(pack("derivation"), request).verdict == .review)
    (found.ancestor, found.child) = ("twin", "model")
    request.edges = [found]
    #expect(try Policy.evaluate(pack("derivation"), request).verdict == .review)
  }

  @Test(
    "the version of the terms is that of the day of the edge",
    arguments: [
      ("2023-12-31", "unknown"), ("2024-01-01", "competing"), ("2024-12-31", "competing"),
      ("2025-01-01", "forbidden"),
    ])
  func terms(day: String, value: String) throws {
    for candidate in ["unknown", "competing", "forbidden"] {
      let when: JSON = [
        "some_ancestor": ["path": "training", "where": ["api_train": [.string(candidate)]]]
      ]
      let pack = try smallPack(rules([rule("r", "deny", ["when": when])]))
      let taught = edge(
        "t", "model", "distilled", ["developer": "x", "date": .string(day), "route": "api"])
      let verdict = try decide(pack, question(edges: [taught])).verdict
      #expect((verdict == .deny) == (candidate == value), "\(candidate)")
      let undated = edge("t", "model", "distilled", ["developer": "x", "route": "api"])
      #expect(try decide(pack, question(edges: [undated])).verdict == .review)
    }
  }
}
