import Base
import Formats
import ReferenceTwins
import Testing

@testable import Inference

/// Goal: what units say to a text is read where it is said, the same however it is computed.
/// Method: random tiny models against a slow forward pass in Double.
@Suite("Activations of units")
struct UnitActivationTests {
  static let sequences: [[Int32]] = [[1], [50, 0, 3], [7, 7, 9, 2, 31, 4, 5, 6, 11, 12, 0, 1]]
  static let positions: [[Int]] = [[0], [], [0, 3, 11]]

  private func activations(
    _ directory: String, _ options: ScoreOptions = ScoreOptions(run: Run())
  ) throws -> [UnitActivations] {
    let model = try TransformerModel.load(OpenModel.open(directory))
    var layers: [UnitActivations] = []
    try model.unitActivations(Self.sequences, at: Self.positions, options: options) {
      layers.append($0)
    }
    return layers
  }

  @Test(
    "agree with a forward pass in Double",
    arguments: [TinyModel.Kind.llama, .qwen2, .mistral])
  func agreesWithTwin(kind: TinyModel.Kind) throws {
    let tiny = TinyModel(kind)
    let layers = try tiny.written { directory in try activations(directory) }
    #expect(layers.map(\.layer) == Array(0..<tiny.layers))
    var wanted = [[(gate: [Double], up: [Double])]](repeating: [], count: tiny.layers)
    for (sequence, chosen) in zip(Self.sequences, Self.positions) {
      var seen = [[(gate: [Double], up: [Double])]](repeating: [], count: tiny.layers)
      var twin = tiny.twin
      twin.onUnits = { seen[$0].append(($1, $2)) }
      _ = twin.logProbabilities(sequence.map(Int.init))
      for layer in seen.indices { wanted[layer] += chosen.map { seen[layer][$0] } }
    }
    for (got, rows) in zip(layers, wanted) {
      #expect(got.unitCount == tiny.inner && got.positionCount == rows.count)
      for unit in 0..<got.unitCount {
        for (place, row) in rows.enumerated() {
          let index = unit * got.positionCount + place
          #expect(abs(Double(got.gate[index]) - row.gate[unit]) < 1e-4)
          #expect(abs(Double(got.up[index]) - row.up[unit]) < 1e-4)
        }
      }
    }
  }

  @Test("are the same bits for every kernel and number of threads")
  func sameBits() throws {
    try TinyModel(.llama).written { directory in
      let wanted = try activations(directory, ScoreOptions(run: Run(threads: 1)))
      for kernel in Kernel.available {
        let got = try activations(directory, ScoreOptions(run: Run(threads: 3), kernel: kernel))
        #expect(got.map(\.gate) == wanted.map(\.gate) && got.map(\.up) == wanted.map(\.up))
      }
    }
  }

  @Test("are none where units have no gate")
  func withoutGate() throws {
    try TinyModel(.gpt2).written { directory in
      let model = try TransformerModel.load(OpenModel.open(directory))
      #expect(!model.hasGatedUnits)
      #expect(try activations(directory).isEmpty)
    }
  }

  @Test("are refused where the texts do not pass together in the memory")
  func tooLittleMemory() throws {
    try TinyModel(.llama).written { directory in
      let memory = MemoryPlan.fixedBytes + 200_000
      #expect(throws: Problem.self) {
        try activations(directory, ScoreOptions(run: Run(), batch: 1, memoryBytes: memory))
      }
    }
  }
}
