// What a pack must not contain although each rule by itself is well formed.
//
// Spec: Policies/README.md, "What loading refuses".
// Promises: no two statuses on one day, no exemption that leads back to itself, no band of a
// threshold that a family of rules forgot.

import Base

enum PackChecks {
  static let defeatDepthMax = 64

  /// Refuses intervals that share a day.
  static func refuseOverlaps(
    _ intervals: [(from: Int, to: Int)], _ place: PolicyReader
  ) throws(Problem) {
    let sorted = intervals.sorted { $0.from < $1.from }
    for (earlier, later) in zip(sorted, sorted.dropFirst()) where later.from <= earlier.to {
      let day = CalendarDay(daysSinceEpoch: later.from)
      throw place.problem("overlapping_intervals", "two intervals hold on \(day)")
    }
  }

  /// Fills `defeatedBy`; refuses unknown targets, cycles and very long chains.
  static func linkDefeats(_ rules: inout [Rule]) throws(Problem) {
    var index: [ByteName: Int] = [:]
    for (position, rule) in rules.enumerated() { index[ByteName(rule.clause.id)] = position }
    for position in rules.indices {
      for target in rules[position].defeats {
        guard let other = index[ByteName(target)] else {
          throw Problem(
            .malformed, "unknown_rule", place: "\(rules[position].clause.id)/defeats",
            reason: "the rule \(target) does not exist")
        }
        rules[other].defeatedBy.append(position)
        rules[other].clause.gate.isDefeatable = true
      }
    }
    // Longest chain of exemptions by rounds: it settles unless there is a cycle.
    var depth = Array(repeating: 0, count: rules.count)
    for _ in 0...defeatDepthMax {
      var settled = true
      for position in rules.indices {
        let longest = rules[position].defeatedBy.map { depth[$0] + 1 }.max() ?? 0
        if longest != depth[position] {
          depth[position] = longest
          settled = false
        }
      }
      if settled { return }
    }
    let worst = depth.indices.max { depth[$0] < depth[$1] }.map { rules[$0].clause.id } ?? ""
    throw Problem(
      .malformed, "defeats_cycle", place: "\(worst)/defeats",
      reason: "the rules defeat each other in a circle, or over \(defeatDepthMax) deep")
  }

  // MARK: Thresholds

  /// A stretch of numbers; infinite ends are open.
  struct Band: Equatable {
    var low = -Double.infinity
    var includesLow = false
    var high = Double.infinity
    var includesHigh = false

    mutating func narrow(_ how: Comparison, _ bound: Double) {
      switch how {
      case .gt, .ge:
        if bound >= low {
          includesLow = how == .ge && (bound > low || includesLow || low == -.infinity)
          low = bound
        }
      case .lt, .le:
        if bound <= high {
          includesHigh = how == .le && (bound < high || includesHigh || high == .infinity)
          high = bound
        }
      }
    }

    /// Whether numbers lie between this band and a later one.
    func leavesGap(before next: Band) -> Bool {
      high < next.low || (high == next.low && !includesHigh && !next.includesLow)
    }
  }

  /// Rules of one family (same id up to the last point, same scope) that put bands on one fact
  /// must leave no number between the lowest and the highest band uncovered.
  static func refuseThresholdGaps(_ rules: [PolicyReader]) throws(Problem) {
    var families: [ByteName: [(band: Band, rule: PolicyReader)]] = [:]
    for rule in rules {
      guard let id = rule.json["id"]?.string, let dot = id.lastIndex(of: ".") else { continue }
      let scope = rule.json["scope"]?.canonicalText ?? ""
      for (fact, band) in bands(rule.json["when"] ?? .null) {
        families[ByteName("\(id[..<dot]) \(fact) \(scope)"), default: []].append((band, rule))
      }
    }
    for key in families.keys.sorted() {
      let sorted = (families[key] ?? []).sorted { $0.band.low < $1.band.low }
      guard var reach = sorted.first?.band else { continue }
      for (band, rule) in sorted.dropFirst() {
        if reach.leavesGap(before: band) {
          throw rule.problem(
            "threshold_gap",
            "no rule of this family covers the numbers from \(reach.high) to "
              + "\(band.low)")
        }
        if (band.high, band.includesHigh ? 1 : 0) > (reach.high, reach.includesHigh ? 1 : 0) {
          reach.high = band.high
          reach.includesHigh = band.includesHigh
        }
      }
    }
  }

  /// The bands that the outermost conjunction of a `when` puts on facts.
  private static func bands(_ when: JSON) -> [(String, Band)] {
    var result: [(String, Band)] = []
    for part in when["all"]?.array ?? [when] {
      guard let fact = part["fact"]?.string else { continue }
      for word in part.object?.keys ?? [] {
        guard let how = Comparison(rawValue: word), let bound = part[word]?.double else { continue }
        if let known = result.firstIndex(where: { $0.0 == fact }) {
          result[known].1.narrow(how, bound)
        } else {
          var band = Band()
          band.narrow(how, bound)
          result.append((fact, band))
        }
      }
    }
    return result
  }
}
