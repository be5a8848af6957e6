import Base
import Foundation
import Testing

@testable import Evidence

/// Goal: a model written in another form is recognised with its residual, and nothing else is.
/// Method: a small random layer, moved by every symmetry the certificate knows, then damaged.
@Suite("A re-parameterisation")
struct WeightCertificateTests {
  static let width = 24
  static let units = 40
  static let heads = 4
  static let keyHeads = 2
  static let size = 6

  static func layer(_ gauss: inout Gauss) -> FoldedLayer {
    FoldedLayer(
      width: width, headCount: heads, keyHeadCount: keyHeads,
      gate: gauss.values(units * width), up: gauss.values(units * width),
      down: gauss.values(units * width), query: gauss.values(heads * size * width),
      key: gauss.values(keyHeads * size * width), value: gauss.values(keyHeads * size * width),
      output: gauss.values(heads * size * width),
      biases: ["query": gauss.values(heads * size), "value": gauss.values(keyHeads * size)],
      vectors: ["output bias": gauss.values(width)])
  }

  /// Moves a layer: residual rows by `map`, units, scales, key groups exchanged, values mixed.
  static func moved(
    _ layer: FoldedLayer, by map: ResidualMap, _ gauss: inout Gauss
  ) throws -> FoldedLayer {
    var out = layer
    let order = gauss.random.permutation(units)
    func through(_ values: [Float]) throws -> [Float] {
      try map.apply(values, width: width, run: Run())
    }
    out.gate = try rows(through(layer.gate ?? []), order, width: width)
    out.up = try rows(through(layer.up), order, width: width)
    out.down = try rows(through(layer.down), order, width: width)
    for unit in 0..<units {
      let scale = Float(pow(2, Double(gauss.random.below(5)) - 2)) * (unit % 3 == 0 ? -1 : 1)
      for column in 0..<width {
        out.up[unit * width + column] *= scale
        out.down[unit * width + column] /= scale
      }
    }
    let groups = [1, 0]
    let members = [2, 3, 1, 0]  // heads of the exchanged groups, shuffled inside
    func blocks(_ values: [Float], _ order: [Int]) -> [Float] {
      order.flatMap { values[$0 * size * width..<($0 + 1) * size * width] }
    }
    out.query = try blocks(through(layer.query), members)
    out.key = try blocks(through(layer.key), groups)
    let value = try blocks(through(layer.value), groups)
    let output = try blocks(through(layer.output), members)
    var values: [Float] = []
    var outputs = [Float](repeating: 0, count: output.count)
    var valueBias: [Float] = []
    for group in 0..<keyHeads {
      let mix = gauss.rotation(size)
      let block = Matrix(
        rows: size, columns: width,
        floats: Array(value[group * size * width..<(group + 1) * size * width]))
      values += mix.times(block).values.map(Float.init)
      let bias = layer.biases["value"] ?? []
      let column = Matrix(
        rows: size, columns: 1,
        floats: Array(bias[groups[group] * size..<(groups[group] + 1) * size]))
      valueBias += mix.times(column).values.map(Float.init)
      for head in group * 2..<group * 2 + 2 {
        let mine = Matrix(
          rows: size, columns: width,
          floats: Array(output[head * size * width..<(head + 1) * size * width]))
        let mixed = mix.times(mine).values
        for index in mixed.indices { outputs[head * size * width + index] = Float(mixed[index]) }
      }
    }
    out.value = values
    out.output = outputs
    out.biases["query"] = members.flatMap { head in
      (layer.biases["query"] ?? [])[head * size..<(head + 1) * size]
    }
    out.biases["value"] = valueBias
    out.vectors["output bias"] = try through(layer.vectors["output bias"] ?? [])
    return out
  }

  static func map(_ kind: String, _ gauss: inout Gauss) -> ResidualMap {
    switch kind {
    case "permutation": .permutation(sources: gauss.random.permutation(width))
    case "rotation":
      .rotation(transposed: gauss.rotation(width).values.map(Float.init), width: width)
    default: .identity
    }
  }

  @Test("is recovered with all its parts", arguments: ["identity", "permutation", "rotation"])
  func recovered(kind: String) throws {
    var gauss = Gauss(61)
    let wanted = Self.map(kind, &gauss)
    let embedding = gauss.values(200 * Self.width)
    let moved = try wanted.apply(embedding, width: Self.width, run: Run())
    let found = try #require(
      try ResidualMap.recovered(
        reference: embedding, suspect: moved, width: Self.width, tolerance: 1e-5, run: Run()))
    #expect(found.name == kind)
    let layer = Self.layer(&gauss)
    let other = try Self.moved(layer, by: wanted, &gauss)
    var certificate = Reparameterisation(residualMap: found, tolerance: 1e-4)
    let isSame = try certificate.check("layer", suspect: other, reference: layer, run: Run())
    #expect(isSame)
    #expect(certificate.residual < 1e-4, "\(certificate.worst)")
    #expect(certificate.permutesUnits && certificate.rescalesUnits)
    #expect(certificate.permutesHeads && certificate.mixesValues)
  }

  @Test(
    "is refused when one tensor is not moved along",
    arguments: ["gate", "down", "query", "key", "value", "output", "bias", "vector"])
  func damaged(part: String) throws {
    var gauss = Gauss(62)
    let wanted = Self.map("rotation", &gauss)
    let layer = Self.layer(&gauss)
    var other = try Self.moved(layer, by: wanted, &gauss)
    switch part {
    case "gate": other.gate?[5] += 3
    case "down": other.down[5] += 3
    case "query": other.query[5] += 3
    case "key": other.key[5] += 3
    case "value": other.value[5] += 3
    case "output": other.output[5] += 3
    case "bias": other.biases["value"]?[1] += 3
    default: other.vectors["output bias"]?[1] += 3
    }
    var certificate = Reparameterisation(residualMap: wanted, tolerance: 5e-3)
    let isSame = try certificate.check("layer", suspect: other, reference: layer, run: Run())
    #expect(!isSame)
  }

  @Test("is not found between strangers, nor after training")
  func strangers() throws {
    var gauss = Gauss(63)
    let embedding = gauss.values(200 * Self.width)
    let stranger = gauss.values(200 * Self.width)
    #expect(
      try ResidualMap.recovered(
        reference: embedding, suspect: stranger, width: Self.width, tolerance: 5e-3, run: Run())
        == nil)
    let turned = try Self.map("rotation", &gauss)
      .apply(embedding, width: Self.width, run: Run())
    let tuned = zip(turned, gauss.values(turned.count, scale: 0.1)).map { $0 + $1 }
    #expect(
      try ResidualMap.recovered(
        reference: embedding, suspect: tuned, width: Self.width, tolerance: 5e-3, run: Run()) == nil
    )
    var certificate = Reparameterisation(residualMap: .identity, tolerance: 5e-3)
    let isSame = try certificate.check(
      "layer", suspect: Self.layer(&gauss), reference: Self.layer(&gauss), run: Run())
    #expect(!isSame)
  }
}
