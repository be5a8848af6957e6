// The counts of a fleet as JSON.

import Base

extension FleetTally {
  public var json: JSON {
    [
      "allow": JSON(allowed), "deny": JSON(denied), "review": JSON(reviewed),
      "unreadable": JSON(unreadable),
    ]
  }
}
