// Whether a duty of whoever gives copies on also binds whoever offers the model as a service.
//
// The classic texts speak of copies in their own words ("in all copies", "redistributions",
// "reproduce and distribute copies", "convey"), so running a service owes none of their texts.
// Terms of makers of models mostly call a hosted service a distribution, as do the RAIL family,
// AGPL and EUPL; the catalogue names the duties that they except a service from. What is not known
// to speak of copies alone is taken to bind services too.

import Base

extension LicenceFacts {
  /// How the identifiers begin of texts that bind copies alone.
  private static let ofCopies = [
    "Apache-", "BSD-", "BSL-1.0", "GPL-", "ISC", "LGPL-", "MIT", "MPL-", "NCSA", "PostgreSQL",
    "UPL-", "X11",
  ]

  /// Whether a licence binds who gives copies on, and nobody who offers a service.
  static func bindsCopiesAlone(_ id: String) -> Bool { ofCopies.contains { id.hasPrefix($0) } }

  /// When a condition about what goes with copies is owed.
  func owes(_ condition: Condition) -> Finding.OwedWhen {
    let isExcepted = condition["exception"]?.contains("hosted service") == true
    return isExcepted || Self.bindsCopiesAlone(id) ? .passedOn : .passedOnOrHosted
  }
}
