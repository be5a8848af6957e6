// The values of a fact in classes that the rules cannot tell apart.
//
// Promises: two values of one class give every atom on the fact the same truth, and every class
// that a value can reach is there; so trying one value of each class is the same as trying all.
// Numbers and days are cut at the bounds that rules name, places at the codes that rules name
// (with a part, the parent and a place nobody names), sets by closing under union.

import Base

enum Partition {
  /// Closing sets under union stops here. Twelve independent atoms on one fact reach it.
  static let classesMax = 4096

  /// The truths of `atoms` (all on one fact) over its domain: one entry a class.
  /// `complete` is false when the limit was met.
  /// - Parameter bound: places within which the value is known to lie.
  static func classes(
    _ fact: FactDefinition, _ atoms: [Int32], _ program: Program, within bound: [Region]? = nil
  ) -> (classes: [[(atom: Int32, truth: Truth)]], complete: Bool) {
    let tests = atoms.map { program.atoms[Int($0)].test }
    // The bound is one more test, so that its own places and their parts are among the values.
    var (values, complete) = values(fact, tests + (bound.map { [.within($0)] } ?? []))
    if let bound { values.removeAll { !FactTest.within(bound).holds($0) } }
    var seen: Set<[Bool]> = []
    var result: [[(atom: Int32, truth: Truth)]] = []
    for value in values {
      let passes = tests.map { $0.holds(value) }
      guard seen.insert(passes).inserted else { continue }
      result.append(zip(atoms, passes).map { (atom: $0, truth: Truth($1)) })
    }
    return (result, complete)
  }

  /// At least one value of each class.
  static func values(_ fact: FactDefinition, _ tests: [FactTest]) -> ([FactValue], Bool) {
    let named = tests.flatMap(literals)
    switch fact.type {
    case .bool: return ([.bool(false), .bool(true)], true)
    case .choice: return (fact.values.map { .text($0) }, true)
    case .integer, .number: return (numbers(named, tests, whole: fact.type == .integer), true)
    case .date: return (days(named, tests), true)
    case .string, .licence: return (texts(named, tests), true)
    case .region: return (places(tests).map { .region($0) }, true)
    case .choices:
      return sets(fact.values, tests) { .texts($0.sorted()) }
    case .regions:
      return sets(places(tests) + [.world], tests) { .regions($0.sorted()) }
    }
  }

  /// Values that a test names whole.
  private static func literals(_ test: FactTest) -> [FactValue] {
    switch test {
    case .equals(let value): [value]
    case .isOne(let values): values
    default: []
    }
  }

  private static func bounds(_ tests: [FactTest]) -> [Double] {
    tests.compactMap { if case .compares(_, let bound) = $0 { bound } else { nil } }
  }

  private static func numbers(
    _ named: [FactValue], _ tests: [FactTest], whole: Bool
  ) -> [FactValue] {
    var cuts = bounds(tests)
    for case .number(let value) in named { cuts.append(value) }
    let near = (cuts.isEmpty ? [0] : cuts).flatMap { cut in
      whole
        ? [cut.rounded(.down) - 1, cut.rounded(.down), cut.rounded(.up), cut.rounded(.up) + 1]
        : [cut.nextDown, cut, cut.nextUp]
    }
    return Set(near).sorted().map { .number($0) }
  }

  private static func days(_ named: [FactValue], _ tests: [FactTest]) -> [FactValue] {
    var cuts = bounds(tests).map { Int($0) }
    for case .day(let day) in named { cuts.append(day) }
    let near = (cuts.isEmpty ? [0] : cuts).flatMap { [$0 - 1, $0, $0 + 1] }
    return Set(near).sorted().map { .day($0) }
  }

  private static func texts(_ named: [FactValue], _ tests: [FactTest]) -> [FactValue] {
    var result: [ByteName] = ["\u{2}unnamed"]
    for case .text(let text) in named {
      result += [text, ByteName(bytes: text.bytes + [1])]
    }
    for case .startsWith(let prefix) in tests {
      result += [ByteName(bytes: prefix), ByteName(bytes: prefix + [1])]
    }
    return Set(result).sorted().map { .text($0) }
  }

  /// The places that tests name, with a part and the parent of each, and one nobody names.
  private static func places(_ tests: [FactTest]) -> [Region] {
    var named: [Region] = []
    for test in tests {
      switch test {
      case .within(let list), .allWithin(let list), .anyWithin(let list), .overlaps(let list):
        named += list
      case .hasRegion(let place): named.append(place)
      case .equals(.region(let place)): named.append(place)
      case .equals(.regions(let list)): named += list
      case .isOne(let values):
        for case .region(let place) in values { named.append(place) }
      default: break
      }
    }
    var result: Set<Region> = []
    for place in named where place != .world {
      result.insert(place)
      result.formUnion(
        [place.unnamedPart, place.parent, place.parent?.unnamedPart].compactMap(\.self))
    }
    for code in ["ZZ", "QZ", "XZ", "QQ"] {
      if let place = Region(code), !result.contains(place) {
        result.insert(place)
        break
      }
    }
    return result.sorted()
  }

  /// Sets of elements: all truths of tests that some set reaches, by adding elements one by one.
  private static func sets<Element: Hashable>(
    _ elements: [Element], _ tests: [FactTest], _ make: (Set<Element>) -> FactValue
  ) -> ([FactValue], Bool) {
    func truths(_ set: Set<Element>) -> [Bool] { tests.map { $0.holds(make(set)) } }
    var alike: Set<[Bool]> = []
    let kinds = elements.filter { alike.insert(truths([$0])).inserted }
    var seen: Set<[Bool]> = [truths([])]
    var reached: [Set<Element>] = [[]]
    var next = 0
    while next < reached.count, reached.count < classesMax {
      for element in kinds {
        let larger = reached[next].union([element])
        if seen.insert(truths(larger)).inserted { reached.append(larger) }
      }
      next += 1
    }
    return (reached.map(make) + tests.flatMap(literals), next == reached.count)
  }
}
