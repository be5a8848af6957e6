// Reads the text of a pattern into a syntax tree. See Pattern.swift for what is supported.

/// A recursive-descent reader; groups nest at most `depthMax` deep.
struct PatternParser {
  private let scalars: [UInt32]
  private var offset = 0
  private var foldsCase = false

  static let lengthMax = 16_384
  static let depthMax = 32
  static let repetitionMax = 1_000

  static func parse(_ source: String) throws(PatternError) -> PatternNode {
    var parser = PatternParser(scalars: source.unicodeScalars.map(\.value))
    guard parser.scalars.count <= lengthMax else {
      throw PatternError(reason: "the pattern is longer than \(lengthMax) characters")
    }
    let node = try parser.alternatives(depth: 0)
    guard parser.current == nil else { throw parser.unsupported("an unmatched ')'") }
    return node
  }

  private init(scalars: [UInt32]) { self.scalars = scalars }

  private func unsupported(_ what: String) -> PatternError {
    PatternError(reason: "\(what), at character \(offset) of the pattern, is not supported")
  }

  private var current: UInt32? { offset < scalars.count ? scalars[offset] : nil }

  private func isNext(_ text: String) -> Bool {
    scalars[offset...].starts(with: text.unicodeScalars.lazy.map(\.value))
  }

  private mutating func take(_ text: String) -> Bool {
    guard isNext(text) else { return false }
    offset += text.unicodeScalars.count
    return true
  }

  // MARK: Structure

  private mutating func alternatives(depth: Int) throws(PatternError) -> PatternNode {
    guard depth <= Self.depthMax else { throw unsupported("nesting of this depth") }
    var branches = [try sequence(depth: depth)]
    while take("|") { branches.append(try sequence(depth: depth)) }
    return branches.count == 1 ? branches[0] : .alternatives(branches)
  }

  private mutating func sequence(depth: Int) throws(PatternError) -> PatternNode {
    var parts: [PatternNode] = []
    while let scalar = current, scalar != ascii("|"), scalar != ascii(")") {
      let atom = try atom(depth: depth)
      parts.append(try repeated(atom))
    }
    return .sequence(parts)
  }

  private mutating func atom(depth: Int) throws(PatternError) -> PatternNode {
    if take("(") { return try group(depth: depth + 1) }
    if isNext("[") { return .set(try characterClass()) }
    if take(".") { return .set(ScalarRanges(0x0A).complement) }
    // In the Ruby syntax `$` stands before every line end, not only at the end of the text.
    if take("$") { return .ahead(ScalarRanges(0x0A), orEnd: true) }
    if take("\\z") { return .ahead(.none, orEnd: true) }
    if isNext("\\") { return .set(try escape()) }
    guard let scalar = current, !isSpecial(scalar) else { throw unsupported("this character") }
    offset += 1
    return .set(try folded(ScalarRanges(scalar)))
  }

  private mutating func group(depth: Int) throws(PatternError) -> PatternNode {
    let outerFolding = foldsCase
    defer { foldsCase = outerFolding }
    if take("?!") { return try lookahead(isNegated: true, depth: depth) }
    if take("?=") { return try lookahead(isNegated: false, depth: depth) }
    if take("?i:") {
      foldsCase = true
    } else if !take("?:"), current == ascii("?") {
      throw unsupported("this kind of group")
    }
    let node = try alternatives(depth: depth)
    guard take(")") else { throw unsupported("a missing ')'") }
    return node
  }

  private mutating func lookahead(
    isNegated: Bool, depth: Int
  ) throws(PatternError) -> PatternNode {
    let node = try alternatives(depth: depth)
    guard take(")") else { throw unsupported("a missing ')'") }
    guard let set = Self.singleSet(node) else {
      throw unsupported("lookahead for more than one character")
    }
    return .ahead(isNegated ? set.complement : set, orEnd: isNegated)
  }

  private static func singleSet(_ node: PatternNode) -> ScalarRanges? {
    switch node {
    case .set(let set): set
    case .sequence(let parts) where parts.count == 1: singleSet(parts[0])
    default: nil
    }
  }

  // MARK: Repetition

  private mutating func repeated(_ atom: PatternNode) throws(PatternError) -> PatternNode {
    guard let (minimum, maximum) = try repetition() else { return atom }
    let node: PatternNode
    if take("+") {
      node = try possessive(atom, minimum: minimum, maximum: maximum)
    } else {
      let isGreedy = !take("?")
      node = .repeated(atom, minimum: minimum, maximum: maximum, isGreedy: isGreedy)
    }
    if let next = current,
      [ascii("*"), ascii("+"), ascii("?")].contains(next) || next == ascii("{")
    {
      throw unsupported("a repetition of a repetition")
    }
    return node
  }

  private mutating func repetition() throws(PatternError) -> (Int, Int?)? {
    if take("*") { return (0, nil) }
    if take("+") { return (1, nil) }
    if take("?") { return (0, 1) }
    guard take("{") else { return nil }
    guard let minimum = number() else { throw unsupported("'{' without a number") }
    var maximum: Int? = minimum
    if take(",") { maximum = number() }
    guard take("}"), minimum <= maximum ?? minimum, (maximum ?? minimum) <= Self.repetitionMax
    else { throw unsupported("this repetition") }
    return (minimum, maximum)
  }

  private mutating func number() -> Int? {
    let start = offset
    var value = 0
    while let scalar = current, scalar >= 0x30, scalar <= 0x39, value <= Self.repetitionMax {
      value = value * 10 + Int(scalar - 0x30)
      offset += 1
    }
    return offset > start ? value : nil
  }

  /// `X{m,n}+` never gives back what it took. For a single class that is the greedy form followed
  /// by the demand that no further member of the class comes, except after the n-th.
  private func possessive(
    _ atom: PatternNode, minimum: Int, maximum: Int?
  ) throws(PatternError) -> PatternNode {
    guard let set = Self.singleSet(atom) else {
      throw unsupported("a possessive repetition of more than one character")
    }
    let stop = PatternNode.ahead(set.complement, orEnd: true)
    guard let maximum else {
      let loop = PatternNode.repeated(atom, minimum: minimum, maximum: nil, isGreedy: true)
      return .sequence([loop, stop])
    }
    let full = PatternNode.repeated(atom, minimum: maximum, maximum: maximum, isGreedy: true)
    guard minimum < maximum else { return full }
    let less = PatternNode.repeated(
      atom, minimum: minimum, maximum: maximum - 1, isGreedy: true)
    return .alternatives([full, .sequence([less, stop])])
  }

  // MARK: Characters

  private func isSpecial(_ scalar: UInt32) -> Bool {
    "\\^$.|?*+()[{".unicodeScalars.contains { $0.value == scalar }
  }

  private func folded(_ set: ScalarRanges) throws(PatternError) -> ScalarRanges {
    guard foldsCase else { return set }
    guard let folded = set.foldingASCII else {
      throw unsupported("case-insensitive matching of characters beyond ASCII")
    }
    return folded
  }

  private mutating func characterClass() throws(PatternError) -> ScalarRanges {
    offset += 1
    let isNegated = take("^")
    var result = ScalarRanges.none
    var isFirst = true
    while true {
      guard let scalar = current else { throw unsupported("a missing ']'") }
      if scalar == ascii("]"), !isFirst { break }
      isFirst = false
      if scalar == ascii("[") || isNext("&&") { throw unsupported("a class inside a class") }
      result = result.union(try classItem())
    }
    offset += 1
    let set = try folded(result)
    return isNegated ? set.complement : set
  }

  private mutating func classItem() throws(PatternError) -> ScalarRanges {
    let lower = try classMember()
    guard let first = lower.single, isNext("-"), offset + 1 < scalars.count,
      scalars[offset + 1] != ascii("]")
    else { return lower }
    offset += 1
    guard let last = try classMember().single, first <= last else {
      throw unsupported("this range")
    }
    return ScalarRanges([first...last])
  }

  private mutating func classMember() throws(PatternError) -> ScalarRanges {
    if isNext("\\") { return try escape() }
    guard let scalar = current else { throw unsupported("a missing ']'") }
    offset += 1
    return ScalarRanges(scalar)
  }

  /// `\` and what follows: a set of characters, or one character.
  private mutating func escape() throws(PatternError) -> ScalarRanges {
    offset += 1
    guard let scalar = current else { throw unsupported("a '\\' at the end") }
    offset += 1
    switch scalar {
    case ascii("s"): return .whiteSpace
    case ascii("S"): return ScalarRanges.whiteSpace.complement
    case ascii("d"): return .categories(CategorySet(named: "Nd") ?? [])
    case ascii("D"): return ScalarRanges.categories(CategorySet(named: "Nd") ?? []).complement
    case ascii("w"): return .word
    case ascii("W"): return ScalarRanges.word.complement
    case ascii("p"): return try property(isNegated: false)
    case ascii("P"): return try property(isNegated: true)
    case ascii("n"): return ScalarRanges(0x0A)
    case ascii("r"): return ScalarRanges(0x0D)
    case ascii("t"): return ScalarRanges(0x09)
    case ascii("v"): return ScalarRanges(0x0B)
    case ascii("f"): return ScalarRanges(0x0C)
    case ascii("u"): return try hexadecimal(digits: 4)
    case ascii("x") where !isNext("{"): return try hexadecimal(digits: 2)
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A:
      throw unsupported("this escape")
    default: return try folded(ScalarRanges(scalar))
    }
  }

  private mutating func hexadecimal(digits: Int) throws(PatternError) -> ScalarRanges {
    guard offset + digits <= scalars.count else { throw unsupported("this escape") }
    let text = String(
      String.UnicodeScalarView(scalars[offset..<offset + digits].compactMap(Unicode.Scalar.init)))
    guard let value = UInt32(text, radix: 16), Unicode.Scalar(value) != nil else {
      throw unsupported("this escape")
    }
    offset += digits
    return ScalarRanges(value)
  }

  private mutating func property(isNegated: Bool) throws(PatternError) -> ScalarRanges {
    guard take("{"), let close = scalars[offset...].firstIndex(of: ascii("}")) else {
      throw unsupported("a property without braces")
    }
    var name = String(
      String.UnicodeScalarView(scalars[offset..<close].compactMap(Unicode.Scalar.init)))
    let isInverted = name.utf8.first == UInt8(ascii: "^")
    if isInverted { name.removeFirst() }
    guard let set = CategorySet(named: name) else { throw unsupported("the property \(name)") }
    offset = close + 1
    let result = ScalarRanges.categories(set)
    return isNegated != isInverted ? result.complement : result
  }

  private func ascii(_ scalar: Unicode.Scalar) -> UInt32 { scalar.value }
}

extension ScalarRanges {
  /// The only member, if there is just one.
  fileprivate var single: UInt32? {
    guard ranges.count == 1, ranges[0].count == 1 else { return nil }
    return ranges[0].lowerBound
  }
}
