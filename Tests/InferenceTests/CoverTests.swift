import Base
import Formats
import Testing

@testable import Inference

/// Goal: the sum over cover encodings is the distribution over bytes that a token model learned.
/// Method: a language model over whole strings of a few letters, drawn at random; the token model
/// that such texts induce under a tokenizer, by counting them; brute force over all strings and
/// over all sequences of tokens; the same strings under several tokenizers.
@Suite("Exact byte distributions")
struct CoverTests {
  /// Merges pairs of tokens, best first, as byte-pair encoding does.
  struct Merging {
    var tokens: [[UInt8]] = CoverTests.letters.map { [$0] }
    private var merges: [(Int, Int, Int)] = []

    init(_ pairs: [(String, String)]) {
      for (left, right) in pairs {
        guard let a = tokens.firstIndex(of: Array(left.utf8)),
          let b = tokens.firstIndex(of: Array(right.utf8))
        else { continue }
        merges.append((a, b, tokens.count))
        tokens.append(tokens[a] + tokens[b])
      }
    }

    /// What ends a text: the last identifier.
    var end: Int32 { Int32(tokens.count) }
    var order: TokenOrder { TokenOrder(tokens: tokens.map(Optional.some) + [nil]) }

    func encode(_ bytes: some Collection<UInt8>) -> [Int32] {
      var word = bytes.map { byte in tokens.firstIndex(of: [byte]) ?? 0 }
      for (left, right, whole) in merges {
        var index = 0
        while index + 1 < word.count {
          if word[index] == left, word[index + 1] == right {
            word[index] = whole
            word.remove(at: index + 1)
          }
          index += 1
        }
      }
      return word.map(Int32.init)
    }
  }

  static let letters = Array("abc".utf8)
  static let tokenizers = [
    Merging([]), Merging([("a", "b"), ("b", "c"), ("ab", "c"), ("c", "c")]),
    Merging([("b", "a"), ("c", "ba"), ("a", "a"), ("aa", "c"), ("c", "b"), ("cba", "cb")]),
    Merging([("c", "a"), ("ca", "b"), ("b", "b"), ("cab", "bb"), ("a", "ca")]),
  ]

  /// Every string of up to six letters, with a probability.
  static let texts: [(text: [UInt8], probability: Double)] = {
    var random = CounterRandom(seed: 3)
    var all: [[UInt8]] = [[]]
    var level = all
    for _ in 0..<6 {
      level = level.flatMap { text in letters.map { text + [$0] } }
      all += level
    }
    let weights = all.map { _ in random.uniform() * random.uniform() }
    let total = weights.reduce(0, +)
    return zip(all, weights).map { ($0, $1 / total) }
  }()

  /// The token model that a tokenizer makes of the texts, over sequences of tokens.
  struct Induced: ContextReader {
    let begins: [[Int32]: Double]
    let width: Int
    /// Given to tokens that never follow, as an imperfect model does.
    var slack = 0.0

    init(_ tokenizer: Merging, slack: Double = 0) {
      var begins: [[Int32]: Double] = [:]
      for (text, probability) in CoverTests.texts {
        let tokens = tokenizer.encode(text) + [tokenizer.end]
        for count in 0...tokens.count {
          begins[Array(tokens[..<count]), default: 0] += probability
        }
      }
      self.begins = begins
      width = Int(tokenizer.end) + 1
      self.slack = slack
    }

    func row(_ context: [Int32]) -> [Float] {
      let values = (0..<width).map { token in
        (begins[context + [Int32(token)]] ?? 0) / (begins[context] ?? .infinity)
      }
      let total = values.reduce(0, +) + slack * Double(width)
      return values.map { Float(naturalLog(max(1e-300, ($0 + slack) / total))) }
    }

    func read<Digest: Sendable>(
      _ contexts: [[Int32]], _ digest: @Sendable (Int, Span<Float>) -> Digest
    ) throws(Problem) -> [Digest] {
      contexts.enumerated().map { index, context in digest(index, row(context).span) }
    }
  }

  static func reading(_ tokenizer: Merging) -> ByteReading {
    ByteReading(order: tokenizer.order) { tokenizer.encode($0) }
  }

  /// Prefixes behind which a text may go on by two letters.
  static let prefixes = texts.map(\.text).filter { $0.count <= 4 }

  @Test("sum to one, and are those of the texts that the model learned, to rounding")
  func equalsTexts() throws {
    for tokenizer in Self.tokenizers {
      let found = try Self.reading(tokenizer).distributions(
        after: Self.prefixes, Induced(tokenizer))
      for (prefix, next) in zip(Self.prefixes, found) {
        let next = try #require(next)
        #expect(abs(next.first.reduce(0, +) - 1) < 1e-12)
        #expect(abs(next.pairs.reduce(0) { $0 + $1.probability } - 1) < 1e-12)
        let longer = Self.texts.filter {
          $0.text.count > prefix.count && $0.text.starts(with: prefix)
        }
        let total = longer.reduce(0) { $0 + $1.probability }
        var first = [Double](repeating: 0, count: 256)
        var pairs: [Int32: Double] = [:]
        for (text, probability) in longer {
          let rest = text[prefix.count...]
          first[Int(rest[prefix.count])] += probability / total
          let code = OutcomeCode.of(rest[prefix.count], rest.dropFirst().first)
          pairs[code, default: 0] += probability / total
        }
        #expect(zip(next.first, first).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(next.pairs.allSatisfy { abs($0.probability - (pairs[$0.code] ?? 0)) < 1e-5 })
        #expect(next.leftOut < 1e-6)
      }
    }
  }

  @Test("are the sum over all sequences of tokens that cover the bytes")
  func equalsBruteForce() throws {
    let tokenizer = Self.tokenizers[2]
    let model = Induced(tokenizer)
    /// P(a text begins with these bytes): every sequence of tokens, canonical or not.
    func covered(_ bytes: ArraySlice<UInt8>, _ past: [Int32]) -> Double {
      if bytes.isEmpty { return 1 }
      let row = model.row(past)
      return tokenizer.tokens.enumerated().reduce(0) { sum, token in
        let probability = exponential(Double(row[token.offset]))
        if probability < 1e-30 { return sum }
        if token.element.starts(with: bytes) { return sum + probability }
        guard bytes.starts(with: token.element) else { return sum }
        return sum + probability
          * covered(bytes.dropFirst(token.element.count), past + [Int32(token.offset)])
      }
    }
    let prefixes = Self.prefixes.filter { $0.count == 3 }
    let found = try Self.reading(tokenizer).distributions(after: prefixes, model)
    for (prefix, next) in zip(prefixes, found) {
      let next = try #require(next)
      let masses = Self.letters.map { covered((prefix + [$0])[...], []) }
      for (letter, mass) in zip(Self.letters, masses) {
        #expect(abs(next.first[Int(letter)] - mass / masses.reduce(0, +)) < 1e-5)
      }
    }
  }

  @Test("do not depend on the tokenizer, where sums over the next token do")
  func independence() throws {
    let all = try Self.tokenizers.map {
      try Self.reading($0).distributions(after: Self.prefixes, Induced($0)).compactMap { $0 }
    }
    var widest = 0.0
    for index in Self.prefixes.indices {
      for (tokenizer, other) in zip(Self.tokenizers.dropFirst(), all.dropFirst()) {
        #expect(
          zip(all[0][index].first, other[index].first).allSatisfy { abs($0 - $1) < 1e-5 })
        let row = Induced(tokenizer).row(tokenizer.encode(Self.prefixes[index]))
        let a = tokenizer.tokens.indices.filter { tokenizer.tokens[$0][0] == Self.letters[0] }
        let sum = a.reduce(0) { $0 + exponential(Double(row[$1])) }
        let end = exponential(Double(row[Int(tokenizer.end)]))
        widest = max(widest, abs(sum / (1 - end) - other[index].first[Int(Self.letters[0])]))
      }
    }
    #expect(widest > 0.2, "sums over the next token are off by \(widest)")
  }

  @Test("are the sums over the next token where every token is one byte")
  func singleBytes() throws {
    let tokenizer = Self.tokenizers[0]
    let model = Induced(tokenizer)
    let found = try Self.reading(tokenizer).distributions(after: Self.prefixes, model)
    for (prefix, next) in zip(Self.prefixes, found) {
      let row = model.row(tokenizer.encode(prefix))
      let end = exponential(Double(row[Int(tokenizer.end)]))
      for (token, letter) in Self.letters.enumerated() {
        let wanted = exponential(Double(row[token])) / (1 - end)
        #expect(abs(try #require(next).first[Int(letter)] - wanted) < 1e-6)
      }
    }
  }

  @Test("of a model that leaves canonical encodings say how much was left out")
  func leftOut() throws {
    let tokenizer = Self.tokenizers[2]
    let prefix = Array("cb".utf8)
    let shares = try [0, 1e-4, 1e-2].map { slack in
      let found = try Self.reading(tokenizer).distributions(
        after: [prefix], Induced(tokenizer, slack: slack))
      return try #require(found[0]).leftOut
    }
    #expect(shares[0] < 1e-6 && shares[1] > 1e-6 && shares[2] > 10 * shares[1])
    #expect(shares[2] < 0.5)
  }

  @Test("are not given where the tokenizer cannot spell the bytes")
  func unspelled() throws {
    let tokenizer = Self.tokenizers[1]
    let reading = ByteReading(order: tokenizer.order) { bytes in
      bytes.contains(0xC3) ? nil : tokenizer.encode(bytes)
    }
    let found = try reading.distributions(
      after: [[0x61, 0xC3], [0x61]], Induced(tokenizer))
    #expect(found[0] == nil && found[1] != nil)
    // Where nothing begins a text, a model cannot be asked what does: a past of no token is needed.
    let unbegun = ByteReading(order: tokenizer.order, lengths: 1...Int.max) { tokenizer.encode($0) }
    let begun = try unbegun.distributions(
      after: [[0x61], [0x63, 0x63, 0x62, 0x62, 0x61]], Induced(tokenizer))
    #expect(begun[0] == nil && begun[1] != nil)
  }
}

/// Goal: contexts that share their beginnings cost one reading of it and change no bit.
@Suite("Contexts that share their beginnings")
struct ContextScoringTests {
  private func contexts(_ vocabulary: Int) -> [[Int32]] {
    var random = CounterRandom(seed: 8)
    var contexts: [[Int32]] = []
    for length in [14, 9, 1, 20] {
      let trunk = (0..<length).map { _ in Int32(random.below(vocabulary)) }
      contexts += [trunk, Array(trunk[...(length / 2)])]
      for cut in [length - 1, length / 2 + 1, length] {
        contexts.append(trunk[..<min(cut, length)] + [Int32(random.below(vocabulary)), 3])
        contexts.append(contexts[contexts.count - 1].dropLast())
      }
    }
    return contexts
  }

  @Test("are read as if each stood alone, whatever the memory", arguments: TinyModel.Kind.allCases)
  func equalsScore(kind: TinyModel.Kind) throws {
    let tiny = TinyModel(kind)
    try tiny.written { directory in
      let model = try TransformerModel.load(OpenModel.open(directory))
      let contexts = contexts(tiny.vocabulary)
      let wanted = try contexts.map { try allRows(model, [$0])[0].last }
      let forest = ContextForest(contexts, model.architecture)
      #expect(forest.trees.count < contexts.count / 2)
      var options = ScoreOptions(run: Run(threads: 2))
      for memory in [options.memoryBytes, MemoryPlan.fixedBytes + (190 << 10)] {
        options.memoryBytes = memory
        let rows = try ModelContextReader(model, options: options).read(contexts) { _, row in
          row.indices.map { row[$0] }
        }
        #expect(rows.map(Optional.some) == wanted)
      }
      let plan = MemoryPlan(model, options)
      #expect(try forest.groups(plan, model.architecture).count > 1, "the small memory cuts")
      options.memoryBytes = MemoryPlan.fixedBytes
      #expect(throws: Problem.self) {
        try ModelContextReader(model, options: options).read(contexts) { _, _ in 0 }
      }
    }
  }
}
