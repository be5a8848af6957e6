// power.json: the power curves of the output comparisons as points, for the figure and for whoever
// wants other numbers than the table in the verdict.
//
//   {"comparisons":[null | {"comparisons":k,"effects":[x],"curves":[{"n":controls,"power":[p]}]}]}
//
// A function of the verdict alone: controls, comparisons and the suspect's own effect stand there.
// Powers are rounded to four decimals, more than their computation is good for.

import Base
import Evidence

enum PackPower {
  /// Nil if no comparison tested outputs.
  static func document(_ verdict: JSON) -> JSON? {
    var tables: [[Int]: PowerTable] = [:]
    let points = (verdict["comparisons"]?.array ?? []).map { comparison -> JSON in
      let outputs = comparison["output_descent"] ?? .null
      guard let controls = outputs["controls"]?.int,
        let comparisons = outputs["power"]?["comparisons"]?.int
      else { return .null }
      let table =
        tables[[controls, comparisons]]
        ?? PowerTable(controls: controls, comparisons: comparisons)
      tables[[controls, comparisons]] = table
      return table.points(effect: outputs["power"]?["effect"]?.double)
    }
    return points.allSatisfy(\.isNull) ? nil : ["comparisons": .array(points)]
  }

  /// A sentence on what was found. Throws if the curves are not those of the verdict.
  static func check(_ documents: PackDocuments) throws(Problem) -> String {
    let wanted = document(documents.verdict)
    guard documents.power == wanted else {
      throw PackVerifier.differs("power.json holds other curves than the verdict gives")
    }
    guard let list = wanted?["comparisons"]?.array else { return "no outputs were tested" }
    return "the curves of \(list.filter { !$0.isNull }.count) comparisons follow from the verdict"
  }
}
