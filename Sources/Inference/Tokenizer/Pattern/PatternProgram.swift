// A syntax tree as a list of instructions for a nondeterministic machine.
//
// Each instruction names the next ones in order of preference; the table is built from that.

/// The instructions of a pattern and the sets they refer to.
struct PatternProgram {
  enum Instruction {
    /// Consume one character of the set, then go on at the next instruction.
    case consume(set: Int)
    /// Go on at the next instruction if the next character is in the set, or at the end if `orEnd`.
    case ahead(set: Int, orEnd: Bool)
    /// Prefer `first`, else `second`.
    case split(first: Int, second: Int)
    case jump(Int)
    case match
  }

  private(set) var instructions: [Instruction] = []
  private(set) var sets: [ScalarRanges] = []
  private var indexOfSet: [ScalarRanges: Int] = [:]

  static let instructionCountMax = 20_000

  init(_ node: PatternNode) throws(PatternError) {
    try emit(node)
    try append(.match)
  }

  private mutating func append(_ instruction: Instruction) throws(PatternError) {
    guard instructions.count < Self.instructionCountMax else {
      throw PatternError(reason: "the pattern is too large once its repetitions are written out")
    }
    instructions.append(instruction)
  }

  private mutating func index(of set: ScalarRanges) -> Int {
    if let known = indexOfSet[set] { return known }
    sets.append(set)
    indexOfSet[set] = sets.count - 1
    return sets.count - 1
  }

  private mutating func emit(_ node: PatternNode) throws(PatternError) {
    switch node {
    case .set(let set): try append(.consume(set: index(of: set)))
    case .ahead(let set, let orEnd): try append(.ahead(set: index(of: set), orEnd: orEnd))
    case .sequence(let parts):
      for part in parts { try emit(part) }
    case .alternatives(let branches): try emit(branches: branches)
    case .repeated(let body, let minimum, let maximum, let isGreedy):
      for _ in 0..<minimum { try emit(body) }
      guard let maximum else { return try emitLoop(body, isGreedy: isGreedy) }
      try emitOptional(body, count: maximum - minimum, isGreedy: isGreedy)
    }
  }

  private mutating func emit(branches: [PatternNode]) throws(PatternError) {
    var jumps: [Int] = []
    for (index, branch) in branches.enumerated() {
      guard index < branches.count - 1 else {
        try emit(branch)
        break
      }
      let split = instructions.count
      try append(.match)
      try emit(branch)
      jumps.append(instructions.count)
      try append(.match)
      instructions[split] = .split(first: split + 1, second: instructions.count)
    }
    for jump in jumps { instructions[jump] = .jump(instructions.count) }
  }

  private mutating func emitLoop(
    _ body: PatternNode, isGreedy: Bool
  ) throws(PatternError) {
    let split = instructions.count
    try append(.match)
    try emit(body)
    try append(.jump(split))
    instructions[split] = fork(into: split + 1, past: instructions.count, isGreedy)
  }

  private mutating func emitOptional(
    _ body: PatternNode, count: Int, isGreedy: Bool
  ) throws(PatternError) {
    var splits: [Int] = []
    for _ in 0..<count {
      splits.append(instructions.count)
      try append(.match)
      try emit(body)
    }
    for split in splits {
      instructions[split] = fork(into: split + 1, past: instructions.count, isGreedy)
    }
  }

  private func fork(into body: Int, past end: Int, _ isGreedy: Bool) -> Instruction {
    isGreedy ? .split(first: body, second: end) : .split(first: end, second: body)
  }
}
