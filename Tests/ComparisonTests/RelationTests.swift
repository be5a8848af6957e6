import Comparison
import Base
import Evidence
import Foundation
import Testing

/// Goal: what was done between models is named, with its numbers, and nothing else is. Method:
/// children made here from a trained model of this repository, against all their ancestors.
@Suite("The relation between models")
struct RelationTests {
  /// Lineage of one suspect against each reference.
  static func lineages(
    _ suspect: MovedModel, _ references: [MovedModel]
  ) throws -> [WeightLineage] {
    let folder = try FileSystem.temporaryDirectory(prefix: "relation")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try suspect.write(to: "\(folder)/suspect")
    for (index, model) in references.enumerated() { try model.write(to: "\(folder)/r\(index)") }
    let request = CompareRequest(
      suspects: [ListedModel(path: "\(folder)/suspect")],
      references: references.indices.map { ListedModel(path: "\(folder)/r\($0)") },
      only: .weights)
    let result = try CompareJob().run(request, run: Run())
    return try #require(result.reports.first).comparisons.map(\.weightLineage)
  }

  /// A base, and two children trained on in different directions.
  struct Family {
    let base: MovedModel
    let first: MovedModel
    let second: MovedModel

    init() throws {
      base = try MovedModel("teacher")
      first = try MovedModel("tuned")
      second = base.tuned(0.12, seed: 30)
    }

    var references: [MovedModel] { [base, first, second] }

    /// base + body(first − base, second − base), matrices only.
    func merged(_ body: (_ name: String, _ x: [Float], _ y: [Float]) -> [Float]) -> MovedModel {
      var out = base
      for (name, tensor) in base.tensors where tensor.shape.count == 2 {
        guard let a = first.tensors[name]?.values, let b = second.tensors[name]?.values else {
          continue
        }
        let x = zip(a, tensor.values).map { $0 - $1 }
        let y = zip(b, tensor.values).map { $0 - $1 }
        out.tensors[name]?.values = zip(tensor.values, body(name, x, y)).map { $0 + $1 }
      }
      return out
    }
  }

  private static func merge(_ lineage: WeightLineage) throws -> MergePart {
    let finding = try #require(lineage.relations.first { $0.relation == .merged })
    #expect(lineage.direction == .suspectFromReference)
    let part = try #require(finding.merge)
    #expect(part.alternatives.count >= 3)
    return part
  }

  @Test("is a linear merge, with its share, for a mixture of two children")
  func linear() throws {
    let family = try Family()
    let child = family.merged { _, x, y in zip(x, y).map { 0.3 * $0 + 0.7 * $1 } }
    let lineages = try Self.lineages(child, family.references)
    let details = try Self.merge(lineages[2])
    guard case .mixture(.linear, _, _, _, _) = details.fit else {
      Issue.record("\(details.fit) is no linear mixture")
      return
    }
    #expect(abs(details.share - 0.7) < 1e-3)
    #expect(!lineages[0].relations.map(\.relation).contains(.merged))
  }

  @Test("is a sum of task vectors, with coefficients, where the base is among the references")
  func taskArithmetic() throws {
    let family = try Family()
    let child = family.merged { _, x, y in zip(x, y).map { 0.8 * $0 + 0.6 * $1 } }
    let lineages = try Self.lineages(child, family.references)
    for (index, coefficient) in [(1, 0.8), (2, 0.6)] {
      let details = try Self.merge(lineages[index])
      guard case .arithmetic(_, _, let residual, _, _) = details.fit else {
        Issue.record("\(details.fit) is no sum of task vectors")
        return
      }
      #expect(abs(details.share - coefficient) < 1e-3)
      #expect(residual < 1e-4)
    }
    #expect(try Self.merge(lineages[0]).role == .base)
    // Without the base no merge is made up.
    let blind = try Self.lineages(child, [family.first, family.second])
    #expect(!blind.contains { $0.relations.contains { $0.relation == .merged } })
  }

  /// The largest fifth of a difference.
  private static func trimmed(_ values: [Float], keeping share: Double) -> [Float] {
    let sizes = values.map { abs($0) }.sorted()
    let edge = sizes[Int(Double(sizes.count) * (1 - share))]
    return values.map { abs($0) >= edge ? $0 : 0 }
  }

  @Test("is TIES where large entries are kept and signs elected", arguments: [1.0, 0.7])
  func ties(scale: Double) throws {
    let family = try Family()
    let child = family.merged { _, x, y in
      let (a, b) = (Self.trimmed(x, keeping: 0.2), Self.trimmed(y, keeping: 0.2))
      return zip(a, b).map { p, q in
        let sign: Float = p + q >= 0 ? 1 : -1
        let kept = [p, q].filter { $0 * sign > 0 }
        return kept.isEmpty ? 0 : Float(scale) * kept.reduce(0, +) / Float(kept.count)
      }
    }
    let lineages = try Self.lineages(child, family.references)
    let details = try Self.merge(lineages[1])
    guard case .sparse(.ties, _, let explained, _, _) = details.fit else {
      Issue.record("\(details.fit) is no TIES")
      return
    }
    #expect(abs(details.share - scale) < 0.01)
    #expect(explained > 0.99)
    #expect(try Self.merge(lineages[0]).role == .base)
  }

  @Test("is DARE where entries are dropped by chance and the rest scaled up")
  func dare() throws {
    let family = try Family()
    var random = CounterRandom(seed: 31, stream: 0)
    let child = family.merged { _, x, y in
      zip(x, y).map { p, q in
        let a = random.uniform() < 0.3 ? p / 0.3 : 0
        let b = random.uniform() < 0.3 ? q / 0.3 : 0
        return 0.5 * a + 0.5 * b
      }
    }
    let details = try Self.merge(try Self.lineages(child, family.references)[2])
    #expect(details.isDARE)
    #expect(abs(details.share - 0.5 / 0.3) < 0.03)
    // One fine-tune alone, thinned out.
    let thin = family.merged { _, x, _ in x.map { random.uniform() < 0.2 ? $0 / 0.2 : 0 } }
    let alone = try Self.merge(try Self.lineages(thin, family.references)[1])
    #expect(alone.isDARE && alone.others.isEmpty)
  }

  @Test("is no merge for a child trained on, for a sparse child, nor for a parent")
  func noMerge() throws {
    let family = try Family()
    var random = CounterRandom(seed: 32, stream: 0)
    let noise = family.base.tuned(0.1, seed: 33)
    var sparse = family.base
    for (name, tensor) in noise.tensors where tensor.shape.count == 2 {
      guard let old = family.base.tensors[name]?.values else { continue }
      sparse.tensors[name]?.values = zip(old, tensor.values).map {
        random.uniform() < 0.3 ? $1 : $0
      }
    }
    for child in [family.first.tuned(0.05, seed: 34), sparse, noise] {
      for lineage in try Self.lineages(child, family.references) {
        #expect(lineage.verdict == .related)
        #expect(!lineage.relations.map(\.relation).contains(.merged))
      }
    }
  }

  @Test("is upcycled where experts come from the dense MLP, and says how many")
  func upcycled() throws {
    let base = try MovedModel("teacher")
    let child = base.upcycled(4, seed: 35)
    let exact = try #require(try Self.lineages(child, [base]).first)
    #expect(exact.verdict == .related)
    let finding = try #require(exact.relations.first { $0.relation == .upcycled })
    #expect(finding.details["experts"]?.int == 12 && finding.details["unchanged"]?.int == 12)
    let tuned = try #require(try Self.lineages(child.tuned(0.1, seed: 36), [base]).first)
    #expect(tuned.verdict == .related)
    #expect(tuned.relations.contains { $0.relation == .upcycled })
    let stranger = try #require(
      try Self.lineages(try MovedModel("teacher-twin").upcycled(4, seed: 37), [base]).first)
    #expect(stranger.verdict == .noEvidence)
  }

  @Test("is layers repeated or dropped, by their numbers in the reference")
  func layers() throws {
    let base = try MovedModel("teacher")
    let tuned = base.tuned(0.05, seed: 38)
    let repeated = try #require(try Self.lineages(tuned.withLayers([0, 1, 1, 2]), [base]).first)
    #expect(repeated.verdict == .related)
    let twice = try #require(repeated.relations.first { $0.relation == .layersDuplicated })
    #expect(twice.details["reference_layers"]?.array == [1])
    let dropped = try #require(try Self.lineages(tuned.withLayers([0, 2]), [base]).first)
    let gone = try #require(dropped.relations.first { $0.relation == .layersDropped })
    #expect(gone.details["reference_layers"]?.array == [1])
    // The other way round: the reference is the one with a layer twice.
    let reverse = try #require(try Self.lineages(tuned, [base.withLayers([0, 1, 1, 2])]).first)
    #expect(reverse.verdict == .related)
  }

  @Test("is a new vocabulary where rows are joined by their tokens")
  func vocabulary() throws {
    let base = try MovedModel("teacher")
    var child = base.tuned(0.05, seed: 39)
    child.takeRows("model.embed_tokens.weight", Array(0..<640))
    child.config["vocab_size"] = 640
    let lineage = try #require(try Self.lineages(child, [base]).first)
    #expect(lineage.verdict == .related)
    #expect(lineage.relations.map(\.relation).contains(.vocabularyChanged))
  }

  @Test("is partly initialised where a new body stands on an old embedding")
  func partly() throws {
    let base = try MovedModel("teacher")
    let child = base.withLayersRestarted([0, 2], seed: 40)
    let lineage = try #require(try Self.lineages(child, [base]).first)
    #expect(lineage.verdict == .related)
    let finding = try #require(lineage.relations.first { $0.relation == .partlyInitialised })
    #expect(finding.details["not_related"]?.int == 14)
  }
}

extension MergePart {
  /// Of a parent; zero of a base.
  fileprivate var share: Double { if case .parent(let share) = role { share } else { 0 } }

  fileprivate var isDARE: Bool { if case .sparse(.dare, _, _, _, _) = fit { true } else { false } }
}
