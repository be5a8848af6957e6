// Rung 4 among the rungs of an answer.
//
//   {"rung":4,"test","outcome","residual","tolerance","positions","tokens","directions",
//    "controls"?,"nearest_control"?,"rank_p_value"?}

import Base

extension OutputSpaceFinding {
  static let rungNumber = 4

  public var rung: Rung {
    var details: JSONObject = [
      "residual": JSON(residual), "tolerance": JSON(tolerance), "positions": JSON(positions),
      "tokens": JSON(tokens), "directions": JSON(directions),
    ]
    if !controls.isEmpty {
      details["controls"] = JSON(controls.count)
      details["nearest_control"] = JSON(controls.min() ?? 0)
      if !isCertificate {
        let below = controls.filter { $0 <= residual }.count
        details["rank_p_value"] = JSON(Double(1 + below) / Double(controls.count + 1))
      }
    }
    return Rung(Self.rungNumber, Self.test, isCertificate ? .yes : .no, details: details)
  }
}

extension OutputSpaceClaim {
  /// Nil if the rung was not asked, or is none of rung 4.
  public init?(_ rung: Rung) {
    guard rung.rung == OutputSpaceFinding.rungNumber,
      let residual = rung.details["residual"]?.double,
      let tolerance = rung.details["tolerance"]?.double
    else { return nil }
    self.init(
      residual: residual, tolerance: tolerance, nearest: rung.details["nearest_control"]?.double,
      isCertificate: rung.outcome == .yes)
  }
}
