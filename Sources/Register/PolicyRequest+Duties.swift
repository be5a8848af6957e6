// Duties of whoever passes a model on: a text, a notice, a line that must go with it and are not at
// hand. They are no bar to a use in which it goes nowhere.

import Base
import Policy

extension ModelFacts {
  /// Duties of whoever passes the model on that bind in the use that is asked for.
  func duties(under request: PolicyRequest) -> [Finding] {
    (licence?.findings ?? []).filter(\.isOwedWhenPassedOn).filter(request.isOwed)
  }
}

extension PolicyRequest {
  /// Forms of use in which nobody else gets the model.
  private static let formsAtHome: Set<String> = ["internal", "outputs-only", "hosted-api"]

  /// Whether a duty binds in the use that is asked for. A use that nobody named may be any; a line
  /// is also owed where others reach the model without getting it.
  func isOwed(_ duty: Finding) -> Bool {
    let forms = statements.filter { $0.fact == "request.form" }.map(\.value.string)
    guard let form = forms.first ?? nil, forms.allSatisfy({ $0 == form }) else { return true }
    if duty.id == "licence.display_line_missing", form == "hosted-api" { return true }
    return !Self.formsAtHome.contains(form)
  }
}
