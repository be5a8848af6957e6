import Base
import Crypto
import TestSupport
import Testing

@testable import Comparison
@testable import Evidence

/// Goal: a pack's documents are read as they were written, and a document that says more, less or
/// otherwise is refused. Method: round trips, and each member dropped and turned.
@Suite("The documents of a pack")
struct PackFormTests {
  private static let evidence: PositionalEvidence = {
    let match = BlockMatch(
      tested: 8, suspectCount: 8, coincidences: 6, agreements: 5, mutual: 6, longestRun: 4,
      meanBest: 0.75)
    let run = BlockMatch(
      tested: 8, suspectCount: 12, coincidences: nil, agreements: nil, mutual: 6, longestRun: 5,
      meanBest: 0.5)
    return PositionalEvidence(
      units: FeatureFamily("units", matches: [[match, nil], [nil, run]]),
      projectedUnits: FeatureFamily("projected", matches: [[match]]),
      coordinates: FeatureFamily("coordinates", matches: []))
  }()

  static let weights = PackWeights(records: [
    WeightCounts(
      evidence: evidence, referenceLayers: [0, 1], suspectLayers: [0, 1],
      key: [AnswerSamples.digest("r"), AnswerSamples.digest("s")], controlShares: [0.125, 0.25],
      relatedControls: ["x"], activations: TwoViewCalibration(share: 0.5, controls: [0.125]),
      bits: [
        TensorBits(
          tensor: "a", reference: "b", layer: 1,
          count: .init(format: .bf16, elements: 100, equal: 50, chance: 0.25))
      ]),
    nil,
  ])

  /// Each change is refused, or is a document of its own that says something else.
  private func expectHeld<Value: Equatable>(
    _ value: Value, _ write: (Value) -> JSON, _ read: (JSON) throws -> Value,
    open: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let json = try JSON.parse(write(value).canonicalBytes)
    #expect(try read(json) == value, sourceLocation: sourceLocation)
    for change in JSONChange.all(of: json) {
      guard let other = try? read(change.json), write(other) == change.json else { continue }
      let isOpen = open.contains { change.place.contains($0) }
      #expect(other != value, "\(change.place)", sourceLocation: sourceLocation)
      #expect(
        change.isDrop || isOpen, "\(change.place) turned, and accepted",
        sourceLocation: sourceLocation)
    }
  }

  @Test("weights.json: counts are read, curves and e-values follow from them")
  func weightsDocument() throws {
    try expectHeld(Self.weights, \.json) { try PackWeights(json: $0) }
    let curves = try #require(Self.weights.records[0]?.curves)
    #expect(curves.map(\.features) == ["units", "projected"])
    #expect(curves[0].blocks.map(\.match?.count) == [.coincidences(6), .inOrder(5)])
    #expect(curves[0].blocks.map(\.layer) == [0, 1] && curves[1].blocks.map(\.layer) == [nil])
    #expect(curves[0].blocks.last?.log10Wealth == curves[0].log10E)
  }

  @Test("weights.json: counts that cannot be are refused", arguments: [-1, 101, Int.max])
  func counts(_ equal: Int) throws {
    var weights = Self.weights
    weights.records[0]?.bits[0].count.equal = equal
    #expect(throws: Problem.self) { try PackWeights(json: weights.json) }
  }

  @Test("power.json: the curves of an answer")
  func powerDocument() throws {
    let power = try #require(PackPower(of: AnswerSamples.report))
    #expect(power.comparisons.map { $0 == nil } == [false, true])
    #expect(power.comparisons[0]?.curves.map(\.controls) == [8, 9, 16, 32, 64])
    let small = PackPower(comparisons: [
      nil,
      PowerPoints(
        comparisons: 2, effects: [0, 4], curves: [.init(controls: 8, powers: [0, 0.5])]),
    ])
    try expectHeld(small, \.json) { try PackPower(json: $0) }
    var none = AnswerSamples.report
    none.comparisons.removeFirst()
    #expect(PackPower(of: none) == nil)
  }

  @Test("pack.json: the rules of this program, and of no other")
  func rules() throws {
    let rules = PackRules(asked: [.weights])
    #expect(rules.departure == nil && rules.isOurProgram)
    try expectHeld(rules, \.json, { try PackRules(json: $0) }, open: ["/constants"])
    var other = try #require(rules.json.object)
    other["constants"] = [:]
    #expect(try PackRules(json: .object(other)).departure != nil)
    other = try #require(rules.json.object)
    other["schema"] = "assay.evidence-pack/2"
    #expect(try PackRules(json: .object(other)).departure != nil)
    other["asked"] = ["wishes"]
    #expect(throws: Problem.self) { try PackRules(json: .object(other)) }
  }

  @Test("manifest.json: every file, and each difference in words")
  func manifest() throws {
    let files = [EvidencePack.File("a", [1]), EvidencePack.File("b/c", [2, 3])]
    let manifest = PackManifest(files)
    try expectHeld(manifest, \.json) { try PackManifest(parsing: $0.canonicalBytes) }
    let found = PackManifest([
      EvidencePack.File("a", [9]), EvidencePack.File("b/c", [2]), EvidencePack.File("d", []),
    ])
    #expect(
      manifest.differences(from: found) == [
        "a has another SHA-256 than the manifest says",
        "b/c has 1 bytes, not as the manifest says", "d is not in the manifest",
      ])
    #expect(found.differences(from: manifest).last == "d is in the manifest and missing here")
    #expect(manifest.differences(from: manifest).count == 1)
  }

  static let models: JSON = {
    let (file, other) = (AnswerSamples.digest("file"), AnswerSamples.digest("other"))
    let named = { (model: ComparedModel) -> JSONObject in
      ["id": .string(model.id), "fingerprint": .string(model.fingerprint.tagged)]
    }
    var suspect = named(AnswerSamples.suspect)
    suspect["training_text"] = []
    suspect["kind"] = "recording"
    var reference = named(AnswerSamples.reference)
    reference["training_text"] = ["wiki"]
    return [
      "suspect": .object(suspect), "references": [.object(reference)], "controls": [],
      "identities": .object([
        AnswerSamples.reference.fingerprint.tagged: [
          "files_root": .string(AnswerSamples.reference.fingerprint.tagged),
          "files": [
            ["path": "model.bin", "size": 3, "sha256": .string(file.tagged)],
            ["path": "README.md", "size": 3, "sha256": .string(other.tagged)],
          ],
          "tensors": [["name": "a", "file": "model.bin"]],
          "weights_digest": .string(other.tagged),
        ],
        AnswerSamples.suspect.fingerprint.tagged: [
          "kind": "recording", "sha256": .string(AnswerSamples.suspect.fingerprint.tagged),
          "bytes": 9,
        ],
      ]),
      "outcomes": .object([AnswerSamples.suspect.fingerprint.tagged: .string(file.tagged)]),
    ]
  }()

  @Test("models.json: who is spoken of, by which digests")
  func manifestOfModels() throws {
    let models = try ModelManifest(json: Self.models)
    #expect(models.suspect.isRecording && models.all.map(\.id) == ["s", "r é"])
    #expect(models.identities[models.suspect.fingerprint] == .recording(models.suspect.fingerprint))
    let digests = try #require(models.digests(models.references[0].fingerprint))
    #expect(digests.weightFiles == [AnswerSamples.digest("file")])
    #expect(digests.weights == AnswerSamples.digest("other") && digests.values == nil)
    #expect(models.outcomes[models.suspect.fingerprint] == AnswerSamples.digest("file"))
    #expect(models.digests(models.suspect.fingerprint) == nil)
  }

  @Test("models.json: any member that a check reads, dropped or turned, is refused or tells")
  func changedModels() throws {
    let models = try ModelManifest(json: Self.models)
    // What is passed over: sizes and names, which no check asks for.
    let unread = ["/size", "/bytes", "/name"]
    for change in JSONChange.all(of: Self.models)
    where !unread.contains(where: change.place.hasSuffix) {
      guard let read = try? ModelManifest(json: change.json) else { continue }
      #expect(change.isDrop, "\(change.place) turned, and accepted")
      // An empty list may as well be absent.
      let isEmptyList = ["/suspect/training_text", "/controls"].contains(change.place)
      #expect(read != models || isEmptyList, "\(change.place)")
    }
  }
}
