// How long decisions take to follow what they rest on: a new pack under ten thousand models with
// thirty thousand edges, one conclusion above three thousand descendants, a day of the calendar.
//
//     assay-bench register PROFILE.json [MODELS [EDGES [DESCENDANTS]]]
//
// Models are made of recorded facts alone, no weights: deciding again reads none. Edges stay within
// families of twenty models, as fine-tunes of one base do.

import Base
import Crypto
import Ledger
import Licensing
import Policy
import Register
import State

func registerBenchmark(_ arguments: [String]) throws {
  guard let file = arguments.first else {
    complain("usage: assay-bench register PROFILE.json [MODELS [EDGES [DESCENDANTS]]]\n")
    return
  }
  let numbers = arguments.dropFirst().compactMap(Int.init)
  let bench = try RegisterBench(
    profile: try JSON.parse(try FileSystem.read(file, limitBytes: 1 << 20)),
    modelCount: numbers.first ?? 10_000, edgeCount: numbers.dropFirst().first ?? 30_000,
    descendantCount: numbers.dropFirst(2).first ?? 3_000)
  try bench.run()
}

/// A state with many models, and what is done to it.
private final class RegisterBench {
  let modelCount: Int
  let edgeCount: Int
  let descendantCount: Int
  let log: StateLog
  let folder: String
  let profile: Profile
  let pack: String
  private var random = CounterRandom(seed: 15)
  private let familySize = 20

  init(profile: JSON, modelCount: Int, edgeCount: Int, descendantCount: Int) throws {
    self.modelCount = modelCount
    self.edgeCount = edgeCount
    self.descendantCount = descendantCount
    folder = try FileSystem.temporaryDirectory(prefix: "assay-bench-")
    let state = StateDirectory(FileSystem.join(folder, "state"))
    _ = try state.create()
    log = try StateLog(state)
    self.profile = Profile(name: "bench", facts: profile, source: .given)
    _ = try log.blobs.put(profile.canonicalBytes)
    pack = FileSystem.join(folder, "house")
    try FileSystem.makeDirectories(pack)
  }

  func run() throws {
    defer { try? FileSystem.remove(folder) }
    try writePack(forbids: "embedded-app")
    try timed("record \(modelCount) models and \(edgeCount) edges") { try record() }
    let first = try plan()
    print("  current: \(first.result.unchangedCount), to decide: \(first.result.decidedCount)")
    try timed("nothing changed: look at all") { _ = try plan() }
    let form = profile.facts["request"]?["form"]?.string ?? "internal"
    try writePack(forbids: form)
    try timed("a new pack: decide all again and append") {
      let plan = try plan()
      try log.append(plan)
      print("  decided \(plan.result.decidedCount), changed \(plan.result.changed.count)")
    }
    try writePack(forbids: "embedded-app")
    try log.append(try plan())
    try conclusion()
    try timed("calendar of a year, all models") {
      let changes = try standing { (standing) throws(Problem) in
        try standing.calendar(until: CalendarDay(daysSinceEpoch: today.daysSinceEpoch + 365))
      }
      print("  \(changes.count) changes")
    }
  }

  // MARK: The state

  private func digest(_ index: Int) -> Digest { SHA256.hash(Array("model \(index)".utf8)) }

  private func facts(_ index: Int) -> ModelFacts {
    let licence = index % 25 == 0 ? "CC-BY-NC-4.0" : "MIT"
    return ModelFacts(
      model: digest(index), name: "model-\(index)",
      weights: SHA256.hash(Array("weights \(index)".utf8)),
      tensorSet: SHA256.hash(Array("tensors \(index)".utf8)), isUnsafe: false, fileFindings: [],
      licence: .init(
        declared: [licence], texts: [.init(file: "LICENSE", ids: [licence])], isClean: true,
        findings: []),
      declaredEdges: [], catalogue: Licensing.catalogueDigest)
  }

  private func record() throws {
    var edges: [Statement] = []
    while edges.count < edgeCount {
      let child = random.below(modelCount)
      let place = child % familySize
      guard place > 0 else { continue }
      let ancestor = child - 1 - random.below(place)
      edges.append(try edge(child, ancestor))
    }
    for start in stride(from: 0, to: edges.count, by: 1000) {
      try log.append(Array(edges[start..<min(edges.count, start + 1000)]))
    }
    for start in stride(from: 0, to: modelCount, by: 1000) {
      let checks = try (start..<min(modelCount, start + 1000)).map { try check(facts($0)) }
      try log.append(checks)
    }
  }

  private func edge(_ child: Int, _ ancestor: Int) throws(Problem) -> Statement {
    try LineageStatement(
      edge: LineageEdge(
        ancestor: digest(ancestor).tagged, child: digest(child).tagged, relation: .finetuned,
        grade: .declared), time: now
    ).statement()
  }

  private func check(_ facts: ModelFacts) throws -> Statement {
    let kept = try log.blobs.put(facts.json.canonicalBytes)
    return try standing { (standing) throws(Problem) in
      let rules = try standing.sources.pack(.directory(pack))
      let answer = try Answer(
        Question(profile: profile, asOf: today), about: facts,
        lineage: try ModelLineage(of: facts, in: standing.reader), pack: rules,
        options: Policy.Options(missing: false))
      return CheckStatement(
        answer, about: facts, factsDigest: kept,
        policy: PolicyReference(name: rules.name, digest: rules.digest, source: .directory(pack)),
        profile: profile.reference, asOf: today, time: now, trigger: .check, because: []
      ).statement()
    }
  }

  private func writePack(forbids form: String) throws {
    let rule: JSON = [
      "id": "house.form", "jurisdiction": "*", "kind": "company", "effect": "deny",
      "title": "House rule", "sentence": "Not in this house.", "citation": "House rules, 1",
      "sources": [], "applies": [["from": "2026-01-01", "to": nil, "status": "in_force"]],
      "scope": ["const": true], "when": ["fact": "request.form", "in": [.string(form)]],
      "confidence": "high", "review_by": "2099-12-31", "waivable": true,
    ]
    let files: [(String, JSON)] = [
      ("pack.json", ["schema": "assay.pack/1", "name": "house", "extends": "shipped"]),
      ("jurisdictions.json", ["schema": "assay.rules/1", "groups": [:], "rules": [rule]]),
    ]
    for (name, json) in files {
      try DurableFile.replace(FileSystem.join(pack, name), with: json.canonicalBytes)
    }
  }

  // MARK: What is measured

  /// One conclusion above many descendants: until a gate refuses the last of them.
  private func conclusion() throws {
    let root = modelCount + 1
    let middle = (1...30).map { root + $0 }
    let leaves = (0..<descendantCount).map { root + 100 + $0 }
    var edges = try middle.map { try edge($0, root) }
    edges += try leaves.map { try edge($0, middle[$0 % middle.count]) }
    try log.append(edges)
    let clean = ([root] + middle + leaves).filter { $0 % 25 != 0 }
    for start in stride(from: 0, to: clean.count, by: 1000) {
      try log.append(
        try clean[start..<min(clean.count, start + 1000)].map { try check(facts($0)) })
    }
    guard let last = clean.last else { return }
    print("  before: \(try gate(last).isAllowed ? "allowed" : "refused")")
    try timed("one conclusion above \(leaves.count) descendants, until the gate refuses") {
      let edge = LineageEdge(
        ancestor: digest(0).tagged, child: digest(root).tagged, relation: .finetuned,
        grade: .declared)
      try log.append(
        try ConclusionStatement(
          by: "bench", reason: "measured", edge: edge, childName: nil, time: now
        ).statements(ancestorName: nil))
      print("  after: \(try gate(last).isAllowed ? "allowed" : "refused")")
    }
    try timed("deciding them again") {
      let plan = try plan()
      try log.append(plan)
      print("  decided \(plan.result.decidedCount), changed \(plan.result.changed.count)")
    }
  }

  private func gate(_ index: Int) throws -> GateAnswer {
    try standing { (standing) throws(Problem) in try standing.gate(digest(index)) }
  }

  private func plan() throws -> Decider.Plan {
    try standing { (standing) throws(Problem) in
      try Decider(standing: standing, now: now, run: Run()).plan()
    }
  }

  private func standing<T>(_ body: (Standing) throws(Problem) -> T) throws(Problem) -> T {
    try log.standing(at: now, catalogue: Licensing.catalogueDigest, body)
  }

  private var now: Instant { WallClock.system.now() }
  private var today: CalendarDay { CalendarDay(now) }

  private func timed(_ name: String, _ body: () throws -> Void) rethrows {
    let start = WallClock.monotonicSeconds()
    try body()
    let milliseconds = Int((WallClock.monotonicSeconds() - start) * 1000)
    print("\(name): \(milliseconds) ms, \(ProcessMemory.residentBytes() >> 20) MiB")
  }
}
