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
  /// Forms of use in which nobody else gets the model or reaches it.
  private static let formsAtHome: Set<String> = ["internal", "outputs-only"]

  /// Whether a duty binds in the use that is asked for. A use that nobody named may be any.
  func isOwed(_ duty: Finding) -> Bool {
    let forms = statements.filter { $0.fact == "request.form" }.map(\.value.string)
    guard let form = forms.first ?? nil, forms.allSatisfy({ $0 == form }) else { return true }
    if form == "hosted-api" {
      // Lines recorded by earlier versions do not say that they are also owed here.
      return duty.owedWhen == .passedOnOrHosted || duty.id == "licence.display_line_missing"
    }
    return !Self.formsAtHome.contains(form)
  }
}
