import Comparison
import Base
import Evidence
import Foundation
import Testing

/// Goal: each attack on the weight tests has the outcome that we state for it, and no damage turns
/// a stranger into a relative. Method: trained models of this repository, moved by the test; noise
/// stands for a fine-tune. The table of the facts ("attacks on ours") is the list of cases.
@Suite("An adversary of the weight tests")
struct AdversaryTests {
  static let controls = [
    "control-alt-1", "control-deep", "control-gpt2", "control-lit", "control-mixed",
    "control-oth", "control-qwen", "control-same-1", "control-same-2", "control-wide",
    "teacher-twin",
  ]

  /// One comparison of models written by the test.
  static func lineage(
    _ suspect: MovedModel, _ reference: MovedModel, hasPanel: Bool = true
  ) throws -> WeightLineage {
    let folder = try FileSystem.temporaryDirectory(prefix: "adversary")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try suspect.write(to: "\(folder)/suspect")
    try reference.write(to: "\(folder)/reference")
    return try lineage("\(folder)/suspect", "\(folder)/reference", hasPanel: hasPanel)
  }

  static func lineage(
    _ suspect: String, _ reference: String, hasPanel: Bool = true
  ) throws -> WeightLineage {
    let panel = hasPanel ? controls.map { ListedModel(path: "\(MovedModel.models)/\($0)") } : []
    let request = CompareRequest(
      suspects: [ListedModel(path: suspect)], references: [ListedModel(path: reference)],
      panel: panel, only: .weights)
    let result = try CompareJob().run(request, run: Run())
    let lineage = try #require(result.reports.first?.comparisons.first).weightLineage
    // Whatever the outcome: numbers that mean something.
    if let p = lineage.p { #expect(p.value > 0 && p.value <= 1) }
    if let log10E = lineage.log10E { #expect(log10E.isFinite) }
    #expect(!lineage.sentence.isEmpty && !lineage.rungs.isEmpty)
    return lineage
  }

  // MARK: Symmetries

  /// What an adversary does to the numbering and the basis.
  enum Move: String, CaseIterable, Sendable {
    case unitsAndHeads, stream, rotation, everything

    func apply(_ model: MovedModel) -> MovedModel {
      switch self {
      case .unitsAndHeads: model.withUnitsPermuted(1).withHeadsPermuted(1)
      case .stream: model.withUnitsPermuted(2).withHeadsPermuted(2).withStreamPermuted(2)
      case .rotation: model.withStreamRotated(3).withUnitsRescaledAndValuesMixed(3)
      case .everything:
        model.withUnitsPermuted(4).withHeadsPermuted(4).withStreamRotated(4)
          .withUnitsRescaledAndValuesMixed(4)
      }
    }
  }

  @Test("who only moves a model is met by a certificate", arguments: Move.allCases)
  func moved(move: Move) throws {
    let base = try MovedModel("teacher")
    let lineage = try Self.lineage(move.apply(base), base, hasPanel: false)
    #expect(lineage.verdict == .sameTensors)
    #expect(lineage.isCertificate)
    #expect(lineage.relations.map(\.relation) == [.reparameterised])
    let residual = try #require(lineage.relations.first?.details["residual"]?.double)
    #expect(residual < 2e-5)
  }

  @Test(
    "who moves a model and trains it on is found exactly by what was left in place",
    arguments: [Move.unitsAndHeads, .stream, .rotation])
  func movedAndTuned(move: Move) throws {
    let base = try MovedModel("teacher")
    let lineage = try Self.lineage(move.apply(base.tuned(0.1, seed: 7)), base, hasPanel: false)
    #expect(lineage.verdict == .related)
    #expect(try #require(lineage.p).isExact)
    #expect(try #require(lineage.log10E) > 50)
  }

  @Test("who permutes all but the order of units is found exactly on the vocabulary")
  func streamInOrder() throws {
    let base = try MovedModel("teacher")
    let child = base.tuned(0.1, seed: 8).withStreamPermuted(8).withHeadsPermuted(8)
    let lineage = try Self.lineage(child, base, hasPanel: false)
    #expect(lineage.verdict == .related)
    #expect(try #require(lineage.p).isExact)
  }

  @Test("who moves everything and trains on is judged by controls alone, never exactly")
  func everythingAndTuned() throws {
    let base = try MovedModel("teacher")
    let child = Move.everything.apply(base.tuned(0.1, seed: 9))
    let alone = try Self.lineage(child, base, hasPanel: false)
    #expect(alone.verdict == .inconclusive)
    let judged = try Self.lineage(child, base)
    #expect(judged.verdict == .related)
    #expect(try #require(judged.p).isExact == false)
    #expect(judged.relations.map(\.relation) == [.reparameterised, .fineTuned])
    #expect(judged.direction == .undetermined)
  }

  @Test("a moved stranger stays a stranger", arguments: Move.allCases)
  func movedStranger(move: Move) throws {
    let lineage = try Self.lineage(
      move.apply(try MovedModel("teacher-twin")), try MovedModel("teacher"))
    #expect(lineage.verdict == .noEvidence)
  }

  @Test("with everything moved and a new vocabulary too, nothing is found, and that is all it says")
  func newVocabulary() throws {
    let base = try MovedModel("teacher")
    var child = Move.everything.apply(base.tuned(0.1, seed: 10))
    child.isWithoutTokenizer = true
    child = child.withVocabularyRestarted(700, seed: 11)
    let lineage = try Self.lineage(child, base)
    #expect(lineage.verdict == .inconclusive)
    #expect(lineage.sentence.contains("no tokens in common"))
  }

  @Test("who also trains longer than the reference was trained is met on activations alone")
  func retrained() throws {
    let child =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
      + "/Models/retrained-child"
    func views(_ lineage: WeightLineage) -> [RungOutcome] {
      lineage.rungs.filter { $0.test.hasPrefix("two views") }.map(\.outcome)
    }
    let found = try Self.lineage(child, "\(MovedModel.models)/teacher")
    #expect(found.verdict == .related)
    #expect(views(found) == [.no, .yes])
    let p = try #require(found.p)
    #expect(!p.isExact && abs(p.value - 2.0 / 11) < 1e-12, "ten controls, asked second")
    #expect(found.relations.map(\.relation) == [.reparameterised, .fineTuned])
    let twin = try Self.lineage(child, "\(MovedModel.models)/teacher-twin")
    #expect(twin.verdict == .noEvidence)
    #expect(views(twin) == [.no, .no])
    let alone = try Self.lineage(child, "\(MovedModel.models)/teacher", hasPanel: false)
    #expect(alone.verdict == .noEvidence, "without controls, no more is said than what was tested")
    #expect(views(alone) == [.notTested, .notTested])
  }

  // MARK: Training

  @Test("layers started anew lose their own evidence and nobody else's")
  func restarted() throws {
    let base = try MovedModel("teacher")
    let child = base.tuned(0.15, seed: 12).withLayersRestarted([1], seed: 13)
    let lineage = try Self.lineage(child, base)
    #expect(lineage.verdict == .related)
    #expect(try #require(lineage.p).isExact)
    #expect(lineage.findings.contains { $0.id == "weights.tensor-not-related" })
    let alone = try Self.lineage(base.withLayersRestarted([0, 1, 2], seed: 14), base)
    #expect(alone.verdict == .related)  // the embedding is the reference's
    #expect(alone.relations.map(\.relation).contains(.partlyInitialised))
  }

  @Test("heavy training weakens the evidence before it hides it", arguments: [0.5, 1.0, 2.0])
  func heavy(size: Double) throws {
    let base = try MovedModel("teacher")
    let lineage = try Self.lineage(base.tuned(Float(size), seed: 15), base)
    #expect(lineage.verdict == .related)
    #expect(try #require(lineage.p).isExact)
    #expect(lineage.direction == .undetermined)
  }

  // MARK: Damage

  @Test("one tensor of a stranger is named in a copy, and in a child")
  func swapped() throws {
    let base = try MovedModel("teacher")
    let stranger = try MovedModel("teacher-twin")
    let name = base.name(1, "mlp.gate_proj")
    var copy = base
    copy.swap(name, with: stranger)
    let swapped = try Self.lineage(copy, base)
    #expect(swapped.verdict == .related)
    #expect(swapped.relations.map(\.relation) == [.partlyInitialised])
    var child = base.tuned(0.1, seed: 16)
    child.swap(name, with: stranger)
    let tuned = try Self.lineage(child, base)
    #expect(tuned.verdict == .related)
    let finding = try #require(tuned.findings.first { $0.id == "weights.tensor-not-related" })
    #expect(finding.message.contains(name))
    // The reverse: a stranger who took one tensor of ours is no descendant by that.
    var thief = stranger
    thief.swap(name, with: base)
    let taken = try Self.lineage(thief, base)
    #expect(
      taken.verdict == .noEvidence
        || taken.relations.map(\.relation).contains(.partlyInitialised), "\(taken.relations)")
  }

  @Test("numbers that are not finite are told, and cost no more than their units")
  func notFinite() throws {
    let base = try MovedModel("teacher")
    for poison in [Float.nan, .infinity, -.infinity] {
      var child = base.tuned(0.1, seed: 17)
      for layer in 0..<child.layers {
        child.edit(child.name(layer, "mlp.up_proj")) { values in
          for place in stride(from: 0, to: values.count, by: 997) { values[place] = poison }
        }
      }
      let lineage = try Self.lineage(child, base)
      #expect(lineage.verdict == .related)
      #expect(lineage.findings.contains { $0.id == "weights.not-finite" })
    }
    var drowned = try MovedModel("teacher-twin")
    for name in drowned.tensors.keys where name.contains("mlp") {
      drowned.edit(name) { $0 = [Float](repeating: .nan, count: $0.count) }
    }
    #expect(try !Self.lineage(drowned, base).verdict.isPositive)
    drowned.edit("model.embed_tokens.weight") { $0 = [Float](repeating: .nan, count: $0.count) }
    #expect(try !Self.lineage(drowned, base).verdict.isPositive)
  }

  @Test("zeroed layers are told apart from kept ones; a zeroed model says nothing")
  func zeroed() throws {
    let base = try MovedModel("teacher")
    var child = base
    for name in child.tensors.keys where name.contains("layers.1.") {
      child.edit(name) { $0 = [Float](repeating: 0, count: $0.count) }
    }
    let lineage = try Self.lineage(child, base)
    #expect(lineage.verdict == .related)
    #expect(lineage.relations.map(\.relation) == [.pruned])
    for name in child.tensors.keys {
      child.edit(name) { $0 = [Float](repeating: 0, count: $0.count) }
    }
    #expect(try !Self.lineage(child, base).verdict.isPositive)
  }

  /// What two strangers may have in common without being relatives.
  enum Likeness: String, CaseIterable, Sendable {
    case nothing, deadUnits, doubledUnits, ternary, fourBits, sharedNorms

    func apply(_ model: MovedModel) throws -> MovedModel {
      switch self {
      case .nothing: return model
      case .deadUnits: return model.withDeadUnits(from: model.units * 3 / 10)
      case .doubledUnits: return model.withUnitsDoubled()
      case .ternary: return model.madeTernary()
      case .fourBits:
        var out = model
        for (name, tensor) in model.tensors where tensor.shape.count == 2 {
          out.tensors[name]?.values = BlockForm.q4_0.roundTrip(tensor.values)
        }
        return out
      case .sharedNorms:
        var out = model
        for (name, tensor) in try MovedModel("teacher").tensors where tensor.shape.count == 1 {
          out.tensors[name] = tensor
        }
        return out
      }
    }
  }

  @Test("strangers of one shape are strangers, whatever they share", arguments: Likeness.allCases)
  func likeStrangers(likeness: Likeness) throws {
    let base = try likeness.apply(try MovedModel("teacher"))
    for name in ["teacher-twin", "control-same-1"] {
      let stranger = try likeness.apply(try MovedModel(name))
      #expect(try Self.lineage(stranger, base).verdict == .noEvidence, "\(name)")
      #expect(try Self.lineage(base, stranger).verdict == .noEvidence, "\(name) as reference")
    }
  }

  @Test("a child is found through what it and its parent share", arguments: Likeness.allCases)
  func likeChildren(likeness: Likeness) throws {
    let base = try MovedModel("teacher")
    let parent = try likeness.apply(base)
    let child = try likeness.apply(base.tuned(0.1, seed: 18))
    let lineage = try Self.lineage(child, parent)
    #expect(lineage.verdict == .related)
    #expect(try #require(lineage.p).isExact)
  }

  @Test("a quantised reference accuses its parent's children, and no stranger")
  func quantisedReference() throws {
    let quantised = "\(MovedModel.models)/quantised"
    let parent = try Self.lineage("\(MovedModel.models)/teacher", quantised)
    #expect(parent.verdict.isPositive)
    #expect(parent.direction == .referenceFromSuspect)
    let sibling = try Self.lineage("\(MovedModel.models)/tuned", quantised)
    #expect(sibling.verdict == .related)
    for stranger in Self.controls + ["student-soft", "student-text"] {
      let lineage = try Self.lineage("\(MovedModel.models)/\(stranger)", quantised)
      #expect(lineage.verdict == .noEvidence, "\(stranger)")
    }
  }
}
