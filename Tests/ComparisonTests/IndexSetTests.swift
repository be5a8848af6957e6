import Base
import Evidence
import Foundation
import Testing

@testable import Comparison

/// Goal: every set that an architecture leaves exchangeable is tested, finds a child whose other
/// sets were all scrambled, and no stranger; what an architecture orders is refused by name.
/// Method: synthetic models of the shape in question, moved by the test.
@Suite("An exchangeable index set")
struct IndexSetTests {
  typealias Shape = MovedModel.Shape

  /// log10 e-values by family of features, and the reasons of what was refused.
  static func families(
    _ suspect: MovedModel, _ reference: MovedModel
  ) throws -> (log10E: [String: Double], refused: [String: String], lineage: WeightLineage) {
    let lineage = try AdversaryTests.lineage(suspect, reference, hasPanel: false)
    let rung = try #require(lineage.rungs.first { $0.test == "positional coincidences" })
    var log10E: [String: Double] = [:]
    for family in rung.details["families"]?.array ?? [] {
      log10E[try #require(family["features"]?.string)] = family["log10_e_value"]?.double
    }
    var refused: [String: String] = [:]
    for entry in rung.details["not_exchangeable"]?.array ?? [] {
      refused[try #require(entry["set"]?.string)] = entry["reason"]?.string
    }
    return (log10E, refused, lineage)
  }

  /// Noise, units and stream in another order.
  static func scrambled(_ model: MovedModel, _ seed: UInt64) -> MovedModel {
    model.tuned(0.15, seed: seed).withUnitsPermuted(seed).withStreamPermuted(seed)
  }

  @Test("of heads and key groups finds a child by the heads alone")
  func heads() throws {
    let base = MovedModel(Shape(layers: 6), seed: 1)
    let child = Self.scrambled(base, 2).withValueCoordinatesPermuted(2)
    let found = try Self.families(child, base)
    #expect(try #require(found.log10E["MLP units, raw"]) < 1)
    #expect(try #require(found.log10E["residual coordinates"]) < 1)
    // Six layers of four groups: 4!^6 = 10^8.3.
    #expect(try #require(found.log10E["key groups, projected on the vocabulary"]) > 7)
    #expect(found.lineage.verdict == .related)
    #expect(try #require(found.lineage.p).isExact)
    let moved = try Self.families(child.withHeadsPermuted(3), base)
    #expect(try #require(moved.log10E["key groups, projected on the vocabulary"]) < 2)
    #expect(!moved.lineage.verdict.isPositive)
  }

  @Test("of heads inside their groups is pooled over groups and layers")
  func headsInGroups() throws {
    let base = MovedModel(Shape(layers: 4, heads: 12, groups: 2, headSize: 8), seed: 4)
    let found = try Self.families(Self.scrambled(base, 5), base)
    // 6! a layer: 10^11.4.
    #expect(try #require(found.log10E["heads inside a group, projected on the vocabulary"]) > 9)
  }

  @Test("of value coordinates finds a child whose heads moved")
  func values() throws {
    let base = MovedModel(Shape(), seed: 6)
    let child = Self.scrambled(base, 7).withHeadsPermuted(7)
    let found = try Self.families(child, base)
    let name = "value coordinates of a head, projected on the vocabulary"
    #expect(try #require(found.log10E[name]) > 20)
    #expect(found.lineage.verdict == .related)
    let moved = try Self.families(child.withValueCoordinatesPermuted(8), base)
    #expect(try #require(moved.log10E[name]) < 2)
  }

  @Test("of experts finds a child by its router, in every routing of one group")
  func experts() throws {
    let shape = Shape(experts: 6)
    let base = MovedModel(shape, seed: 9)
    let child = base.tuned(0.15, seed: 10)
    let name = "experts, raw"
    // Three layers of six experts: 6!^3 = 10^8.6.
    #expect(try #require(Self.families(child, base).log10E[name]) > 7)
    let moved = child.withExpertsPermuted(11, experts: 6)
    #expect(try #require(Self.families(moved, base).log10E[name]) < 2)
    var grouped = shape
    grouped.extra = ["n_group": 2]
    let refused = try Self.families(child, MovedModel(grouped, seed: 9))
    #expect(refused.log10E[name] == nil)
    #expect(refused.refused["experts"]?.contains("groups") == true)
  }

  @Test("of queries and keys is tested with learned positions, and refused with rotary ones")
  func queries() throws {
    var shape = Shape()
    let rotary = try Self.families(
      MovedModel(shape, seed: 12).tuned(0.1, seed: 13),
      MovedModel(shape, seed: 12))
    let name = "query and key coordinates of a head"
    #expect(rotary.log10E["\(name), raw"] == nil)
    #expect(rotary.refused[name]?.contains("rotary") == true)
    shape.hasPositions = true
    let base = MovedModel(shape, seed: 12)
    let learned = try Self.families(base.tuned(0.1, seed: 13), base)
    #expect(try #require(learned.log10E["\(name), raw"]) > 20)
    #expect(learned.refused[name] == nil)
  }

  @Test("of heads is refused with ALiBi, and of the stream with a table of waves or with decays")
  func refusals() throws {
    var shape = Shape()
    shape.extra = ["alibi": true]
    let sloped = MovedModel(shape, seed: 14)
    let heads = try Self.families(sloped.tuned(0.1, seed: 15), sloped)
    #expect(heads.log10E["key groups, raw"] == nil)
    #expect(heads.refused["heads and key groups"]?.contains("ALiBi") == true)
    #expect(try #require(heads.log10E["value coordinates of a head, raw"]) > 20)
    shape.extra = [:]
    shape.hasPositions = true
    var waves = MovedModel(shape, seed: 16)
    waves.edit("model.embed_positions.weight") { values in
      for index in values.indices {
        let (row, column) = (index / shape.width, index % shape.width)
        let angle = Double(row) / pow(100, Double(column / 2) / Double(shape.width / 2))
        values[index] = Float(column % 2 == 0 ? sin(angle) : cos(angle))
      }
    }
    let stream = try Self.families(waves.tuned(0.1, seed: 17, only: "proj"), waves)
    #expect(stream.log10E["residual coordinates"] == nil)
    #expect(stream.refused["residual coordinates"]?.contains("waves") == true)
  }

  @Test("finds no stranger, in any architecture", arguments: 0..<4)
  func strangers(kind: Int) throws {
    var shape = Shape(layers: 4)
    if kind == 1 { shape.experts = 6 }
    if kind == 2 { shape.hasPositions = true }
    if kind == 3 { (shape.heads, shape.groups) = (8, 8) }
    for seed in 0..<(isLong ? 200 : 6) {
      let pair = [0, 1].map { MovedModel(shape, seed: UInt64(1000 + 2 * seed + $0)) }
      let found = try Self.families(pair[0], pair[1])
      #expect(found.lineage.verdict == .noEvidence)
      #expect(found.log10E.values.allSatisfy { $0 < 4 })
    }
  }

  let isLong = ProcessInfo.processInfo.environment["ASSAY_SWEEP"] == "1"

  @Test("counts copies within a reference once: upcycled experts, repeated layers")
  func copies() throws {
    let dense = MovedModel(Shape(layers: 2), seed: 20)
    let upcycled = dense.upcycled(4, seed: 21)
    let repeated = dense.withLayers([0, 1, 0, 1, 0, 1])
    let child = dense.tuned(0.15, seed: 22)
    let once = try #require(Self.families(child, dense).log10E["MLP units, raw"])
    for reference in [upcycled, repeated] {
      let found = try Self.families(child, reference)
      #expect(found.lineage.verdict == .related)
      #expect(abs(try #require(found.log10E["MLP units, raw"]) - once) < 2)
    }
  }
}

extension MovedModel {
  /// Other numbers for the coordinates of values and outputs inside every head.
  func withValueCoordinatesPermuted(_ seed: UInt64) -> MovedModel {
    var out = self
    var random = CounterRandom(seed: seed, stream: 52)
    let each = heads / groups
    for layer in 0..<layers {
      let orders = (0..<groups).map { _ in random.permutation(headSize) }
      out.takeRows(
        name(layer, "self_attn.v_proj"),
        orders.enumerated().flatMap { group, order in order.map { group * headSize + $0 } })
      out.takeColumns(
        name(layer, "self_attn.o_proj"),
        (0..<heads).flatMap { head in orders[head / each].map { head * headSize + $0 } })
    }
    return out
  }
}
