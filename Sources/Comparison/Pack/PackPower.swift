// The power curves of the output comparisons of a pack as points, for the figure and for whoever
// wants other numbers than the table in the verdict.
//
// A function of the verdict alone: controls, comparisons and the suspect's own effect stand there.
// Powers are rounded to four decimals, more than their computation is good for.

import Base
import Evidence

/// Power curves of the comparisons of a pack (power.json).
public struct PackPower: Equatable, Sendable {
  /// In the order of the comparisons; nil where outputs were not tested.
  public var comparisons: [PowerPoints?]

  public init(comparisons: [PowerPoints?]) { self.comparisons = comparisons }

  /// Nil if no comparison tested outputs.
  init?(of verdict: SuspectReport) {
    var tables: [[Int]: PowerTable] = [:]
    let points = verdict.comparisons.map { comparison -> PowerPoints? in
      guard let controls = comparison.outputDescent.figures?.controls,
        let power = comparison.outputDescent.description?.power
      else { return nil }
      let key = [controls, power.comparisons]
      let table =
        tables[key] ?? PowerTable(controls: controls, comparisons: power.comparisons)
      tables[key] = table
      return table.points(effect: power.effect)
    }
    guard points.contains(where: { $0 != nil }) else { return nil }
    comparisons = points
  }

  /// A sentence on what was found. Throws if the curves are not those of the verdict.
  static func check(_ documents: PackDocuments) throws(Problem) -> String {
    let wanted = PackPower(of: documents.verdict)
    guard documents.power == wanted else {
      throw PackVerifier.differs("power.json holds other curves than the verdict gives")
    }
    guard let wanted else { return "no outputs were tested" }
    let count = wanted.comparisons.count { $0 != nil }
    return "the curves of \(count) comparisons follow from the verdict"
  }
}
