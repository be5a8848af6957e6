// The counts behind an e-value as JSON, written and read, so that anybody can multiply again.
//
//   {"families":[{"features":name,"pooled":bool,"clusters":[n,…],
//                 "matches":[[{"tested","suspect_count","coincidences"?,
//                 "agreements"?,"mutual","longest_run","mean_best"}|null,…],…]},…]}
//
// A row for each block of the reference, a cell for each block of the suspect. Reading checks every
// count, because a pack comes from a stranger.
//
// An answer holds less, and nothing reads it but to compare it with what follows from the counts:
//
//   "families":[{"features":name,"log10_e_value":x,"reference_blocks":[null|
//                {"suspect_block","tested","log10_e","coincidences"?|"mutual"?,"in_order"?}],
//                "pooled"?:true,"clusters"?:[n]}]

import Base
import Glibc

extension PositionalEvidence {
  static let blocksMax = 1 << 14
  static let familiesMax = 64

  /// log10 of the e-value from which weights are called related in a call of so many comparisons.
  public static func level(comparisons: Int) -> Double {
    decisionLog10E + Glibc.log10(Double(max(1, comparisons)))
  }

  /// What an answer shows of the families that were tested.
  public var shownFamilies: JSON { .array(tested.map(\.json)) }

  /// What a rung of this test shows of its families; nil if it is of another test.
  public static func shownFamilies(_ rung: Rung) -> JSON? {
    ByteName(rung.test) == ByteName(test) ? rung.details["families"] : nil
  }

  /// Every count that the e-value is a function of.
  public var record: JSON { .array(families.map(\.record)) }

  /// Reads counts. Throws `malformed` with the place as a JSON pointer.
  public init(record: JSON) throws(Problem) {
    guard let list = record.array, (3...Self.familiesMax).contains(list.count) else {
      throw malformed("", "a list of three families or more is wanted")
    }
    var families: [FeatureFamily] = []
    for (index, item) in list.enumerated() {
      families.append(try FeatureFamily(record: item, at: "/\(index)"))
    }
    self.init(
      units: families[0], projectedUnits: families[1], coordinates: families[2],
      further: Array(families.dropFirst(3)))
  }
}

extension FeatureFamily {
  /// The family over the first blocks of the reference alone: the wealth after each of them.
  public func first(_ count: Int) -> FeatureFamily {
    FeatureFamily(
      name, matches: Array(matches.prefix(count)), clusters: Array(clusters.prefix(count)),
      isPooled: isPooled)
  }

  /// The suspect block that fits a reference block best, if any was tested.
  public func bestBlock(of reference: Int) -> Int? {
    let values = matches[reference].enumerated().compactMap { index, match in
      match.map { (index, $0.log10E) }
    }
    return values.max { ($0.1, -$0.0) < ($1.1, -$1.0) }?.0
  }

  /// Units tested and counts, a reference block at a time.
  var json: JSON {
    let rows = matches.indices.map { row -> JSON in
      guard let column = shownBlock(of: row), let match = matches[row][column] else {
        return .null
      }
      var object: JSONObject = [
        "suspect_block": JSON(column), "tested": JSON(match.tested),
        "log10_e": JSON(
          isPooled
            ? Coincidence.log10Pooled([
              [Coincidence.SmallBlock(coincidences: match.coincidences ?? 0, units: match.tested)]
            ]) : match.log10E),
      ]
      if let count = match.coincidences {
        object["coincidences"] = JSON(count)
      } else {
        object["mutual"] = JSON(match.mutual)
        object["in_order"] = JSON(match.longestRun)
      }
      return .object(object)
    }
    var object: JSONObject = [
      "features": .string(name), "log10_e_value": JSON(log10E), "reference_blocks": .array(rows),
    ]
    if isPooled { object["pooled"] = true }
    if Set(clusters).count < clusters.count {
      object["clusters"] = .array(clusters.map { JSON($0) })
    }
    return .object(object)
  }

  var record: JSON {
    [
      "features": .string(name), "pooled": .bool(isPooled),
      "clusters": .array(clusters.map { JSON($0) }),
      "matches": .array(
        matches.map { row in .array(row.map { $0.map(\.record) ?? .null }) }),
    ]
  }

  init(record: JSON, at place: String) throws(Problem) {
    let limit = PositionalEvidence.blocksMax
    guard let name = record["features"]?.string, let rows = record["matches"]?.array,
      rows.count <= limit
    else { throw malformed(place, "a name and rows of matches are wanted") }
    var matches: [[BlockMatch?]] = []
    for (index, row) in rows.enumerated() {
      guard let cells = row.array, cells.count <= limit, cells.count == rows[0].array?.count
      else { throw malformed("\(place)/matches/\(index)", "rows of one length are wanted") }
      matches.append(
        try cells.map { cell throws(Problem) in
          cell.isNull ? nil : try BlockMatch(record: cell, at: "\(place)/matches/\(index)")
        })
    }
    guard let pooled = record["pooled"]?.bool,
      let clusters = record["clusters"]?.array?.compactMap(\.int), clusters.count == rows.count
    else { throw malformed(place, "\"pooled\" and a cluster for each row are wanted") }
    self.init(name, matches: matches, clusters: clusters, isPooled: pooled)
  }
}

extension BlockMatch {
  /// Units of a block are far fewer.
  private static let unitsMax = 1 << 30

  var record: JSON {
    var object: JSONObject = [
      "tested": JSON(tested), "suspect_count": JSON(suspectCount), "mutual": JSON(mutual),
      "longest_run": JSON(longestRun), "mean_best": JSON(meanBest),
    ]
    if let coincidences { object["coincidences"] = JSON(coincidences) }
    if let agreements { object["agreements"] = JSON(agreements) }
    return .object(object)
  }

  init(record: JSON, at place: String) throws(Problem) {
    func count(_ key: String, atMost limit: Int) throws(Problem) -> Int {
      guard let value = record[key]?.int, (0...limit).contains(value) else {
        throw malformed("\(place)/\(key)", "a count of at most \(limit) is wanted")
      }
      return value
    }
    let tested = try count("tested", atMost: Self.unitsMax)
    let mutual = try count("mutual", atMost: tested)
    self.init(
      tested: tested, suspectCount: try count("suspect_count", atMost: Self.unitsMax),
      coincidences: record["coincidences"] == nil
        ? nil : try count("coincidences", atMost: tested),
      agreements: record["agreements"] == nil ? nil : try count("agreements", atMost: tested),
      mutual: mutual, longestRun: try count("longest_run", atMost: mutual),
      meanBest: record["mean_best"]?.double ?? .nan)
  }
}

private func malformed(_ place: String, _ reason: String) -> Problem {
  Problem(.malformed, "bad_record", place: place, reason: "counts of matches: \(reason)")
}
