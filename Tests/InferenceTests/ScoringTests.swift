import Base
import Crypto
import Formats
import Foundation
import ReferenceTwins
import Synchronization
import Testing

@testable import Inference

/// Goal: a score is right, and the same however it is computed.
/// Method: random tiny models against a slow forward pass in Double; digests for every kernel,
/// number of threads, batch, amount of memory and both containers.
@Suite("A score")
struct ScoringTests {
  static let sequences: [[Int32]] = [
    [1], [50, 0, 3], [7, 7, 7, 7, 9, 2, 31, 4, 5, 6, 11, 12, 0, 1, 40, 41, 42],
    [3, 1, 4, 1, 5, 9, 2, 6],
  ]

  @Test("agrees with a forward pass in Double", arguments: TinyModel.Kind.allCases)
  func agreesWithTwin(kind: TinyModel.Kind) throws {
    let tiny = TinyModel(kind)
    let rows = try tiny.written { directory in
      try allRows(TransformerModel.load(OpenModel.open(directory)), Self.sequences)
    }
    for (index, sequence) in Self.sequences.enumerated() {
      let wanted = tiny.twin.logProbabilities(sequence.map(Int.init))
      for (position, row) in wanted.enumerated() {
        for (got, value) in zip(rows[index][position], row) {
          #expect(abs(Double(got) - value) < 5e-5, "\(index), \(position)")
        }
      }
    }
  }

  @Test(
    "has the same digest for every kernel, thread, batch and memory",
    arguments: TinyModel.Kind.allCases)
  func sameDigest(kind: TinyModel.Kind) throws {
    try TinyModel(kind).written { directory in
      let model = try TransformerModel.load(OpenModel.open(directory))
      var variants = [ScoreOptions(run: Run(threads: 1)), ScoreOptions(run: Run(threads: 3))]
      variants += [1, 2, 16].map { ScoreOptions(run: Run(threads: 2), batch: $0) }
      variants += Kernel.available.map { ScoreOptions(run: Run(threads: 2), kernel: $0) }
      variants.append(
        ScoreOptions(run: Run(threads: 2), memoryBytes: MemoryPlan.fixedBytes + 200_000))
      let wanted = try digests(model, Self.sequences, variants[0])
      #expect(Set(wanted).count == wanted.count)
      for options in variants {
        #expect(try digests(model, Self.sequences, options) == wanted)
        let reversed = try digests(model, Self.sequences.reversed(), options)
        #expect(reversed == wanted.reversed())
      }
    }
  }

  @Test("does not depend on the container")
  func sameInGGUF() throws {
    let tiny = TinyModel(.llama)
    try tiny.written { directory in
      let path = FileSystem.join(directory, "copy.gguf")
      try Data(tiny.gguf).write(to: URL(filePath: path))
      let models = [
        try TransformerModel.load(OpenModel.open(path)),
        try TransformerModel.load(
          OpenModel.open(FileSystem.join(directory, "model.safetensors"))),
      ]
      let results = try models.map { try digests($0, Self.sequences, ScoreOptions(run: Run())) }
      #expect(results[0] == results[1])
    }
  }

  @Test("of a prefix is the beginning of the score of the whole")
  func prefix() throws {
    try TinyModel(.mistral).written { directory in
      let model = try TransformerModel.load(OpenModel.open(directory))
      let whole = Self.sequences[2]
      let rows = try allRows(model, [whole, Array(whole.prefix(9))])
      #expect(Array(rows[0].prefix(9)) == rows[1])
    }
  }

  @Test("of a quantised mixture of experts equals the reference library's")
  func golden() throws {
    let vectors = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors")
    let model = try TransformerModel.load(
      OpenModel.open(vectors.appending(path: "mixtral-iq4_nl.gguf").path))
    let wanted = try JSON.parse(
      Array(Data(contentsOf: vectors.appending(path: "mixtral-iq4_nl.json"))))
    let cases = try #require(wanted["sequences"]?.array)
    let sequences = cases.map { $0["ids"]?.array?.compactMap { $0.int.map(Int32.init) } ?? [] }
    let recorder = ScoreRecorder(sequences, vocabularySize: model.vocabularySize, top: 3)
    let options = ScoreOptions(run: Run(), experts: { recorder.take($0, $1, $2, experts: $3) })
    try model.score(sequences, options: options) { recorder.take($0, $1, $2) }
    for (index, item) in cases.enumerated() {
      let record = recorder.record(index)
      let targets = item["target_logprobs"]?.array?.compactMap(\.double) ?? []
      #expect(targets.count == record.targetLogProbabilities.count)
      for (got, value) in zip(record.targetLogProbabilities, targets) {
        #expect(abs(Double(got) - value) < 1e-4)
      }
      for (layer, chosen) in record.experts {
        let ids = item["experts"]?["\(layer)"]?.array?.map { $0.array?.compactMap(\.int) ?? [] }
        #expect(chosen.map { $0.map(Int.init) } == ids)
      }
      #expect(record.experts.count == 2)
    }
  }

  // MARK: Refusals

  @Test(
    "is refused for a model that cannot be computed whole",
    arguments: [
      "bert", "no such family", "missing", "unused", "shape", "vocabulary", "rope", "nan",
      "integers", "heads", "window", "rotation",
    ])
  func refused(fault: String) throws {
    var tiny = TinyModel(.llama)
    let code: String
    switch fault {
    case "bert", "no such family":
      tiny.config["model_type"] = .string(fault)
      code = "unsupported_architecture"
    case "missing":
      tiny.tensors.remove(at: 5)
      code = "missing_tensor"
    case "unused":
      tiny.tensors.append(("model.layers.2.mlp.up_proj.weight", [1], [0]))
      code = "unused_tensor"
    case "shape":
      tiny.tensors[3].shape.reverse()
      code = "wrong_shape"
    case "vocabulary":
      tiny.config["vocab_size"] = 52
      code = "wrong_shape"
    case "rope":
      tiny.config["rope_scaling"] = ["type": "unheard of"]
      code = "unsupported_architecture"
    case "nan":
      tiny.tensors[2].values[17] = .nan
      code = "not_finite"
    case "integers":
      tiny.config["hidden_size"] = "forty"
      code = "malformed_config"
    case "window":
      tiny.config["model_type"] = "mistral"
      tiny.config["sliding_window"] = -5
      code = "malformed_config"
    case "rotation":
      tiny.config["partial_rotary_factor"] = 1e300
      code = "malformed_config"
    default:
      tiny.config["num_key_value_heads"] = 3
      code = "malformed_config"
    }
    let problem = try #require(
      throws: Problem.self,
      performing: {
        try tiny.written { directory in
          let model = try TransformerModel.load(OpenModel.open(directory))
          try model.score([[1, 2]], options: ScoreOptions(run: Run())) { _, _, _ in }
        }
      })
    #expect(problem.code == code)
    #expect(problem.exitCode == .malformed)
  }

  @Test("is refused for tokens that are not the model's, and for too little memory")
  func badSequences() throws {
    try TinyModel(.gpt2).written { directory in
      let model = try TransformerModel.load(OpenModel.open(directory))
      let long = [Int32](repeating: 1, count: 33)
      for sequence in [[], [-1], [51], long] {
        let problem = #expect(throws: Problem.self) {
          try model.score([[1], sequence], options: ScoreOptions(run: Run())) { _, _, _ in }
        }
        #expect(problem?.exitCode == .usage)
      }
      let problem = #expect(throws: Problem.self) {
        let options = ScoreOptions(run: Run(), memoryBytes: MemoryPlan.fixedBytes + 10_000)
        try model.score([[1, 2, 3]], options: options) { _, _, _ in }
      }
      #expect(problem?.code == "memory_too_small")
    }
  }

  // MARK: Parts

  @Test("hands out every position once, in order within a sequence")
  func schedule() {
    for (counts, lanes, rows) in [
      ([1, 3, 17, 8], 2, 5), ([100], 3, 7), ([2, 2, 2, 2], 8, 3), ([5, 1], 1, 1), ([9], 2, 96),
    ] {
      var schedule = RowSchedule(counts, lanes: lanes, rows: rows)
      var next = counts.map { _ in 0 }
      while let runs = schedule.next() {
        #expect(runs.reduce(0) { $0 + $1.positions.count } <= rows)
        #expect(Set(runs.map(\.sequence)).count == runs.count)
        for run in runs {
          #expect(run.positions.lowerBound == next[run.sequence])
          next[run.sequence] = run.positions.upperBound
        }
      }
      #expect(next == counts)
    }
  }

  @Test("keeps the best tokens, ties by lower id", arguments: [0, 1, 2, 7, 50, 51])
  func best(count: Int) {
    var random = CounterRandom(seed: 3)
    let row = (0..<51).map { _ in Float(random.below(12)) }
    let wanted = row.indices.sorted { row[$0] == row[$1] ? $0 < $1 : row[$0] > row[$1] }
    let got = bestTokens(row.span, count)
    #expect(got.map { Int($0.id) } == Array(wanted.prefix(count)))
    #expect(got.map(\.value) == wanted.prefix(count).map { row[$0] })
  }
}

/// Every row of every sequence.
func allRows(_ model: some Scorer, _ sequences: [[Int32]]) throws -> [[[Float]]] {
  let rows = Mutex(sequences.map { _ in [[Float]]() })
  try model.score(sequences, options: ScoreOptions(run: Run())) { sequence, position, row in
    let values = row.indices.map { row[$0] }
    rows.withLock {
      precondition($0[sequence].count == position, "rows come in order")
      $0[sequence].append(values)
    }
  }
  return rows.withLock { $0 }
}

func digests(
  _ model: some Scorer, _ sequences: [[Int32]], _ options: ScoreOptions
) throws -> [Digest] {
  let recorder = ScoreRecorder(sequences, vocabularySize: model.vocabularySize, top: 1)
  try model.score(sequences, options: options) { recorder.take($0, $1, $2) }
  return sequences.indices.map { recorder.record($0).digest }
}
