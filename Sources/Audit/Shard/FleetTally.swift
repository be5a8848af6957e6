// How many models of a fleet were allowed, denied, left to a person, or could not be read.

import Base

/// Counts of answers by their exit codes.
public struct FleetTally: Equatable, Sendable {
  public private(set) var allowed = 0
  public private(set) var denied = 0
  public private(set) var reviewed = 0
  public private(set) var unreadable = 0

  init(_ codes: some Sequence<ExitCode>) {
    for code in codes {
      switch code {
      case .yes: allowed += 1
      case .no: denied += 1
      case .undecided: reviewed += 1
      default: unreadable += 1
      }
    }
  }

  /// For people: "3 allow, 1 deny, 0 review, 0 unreadable".
  public var words: String {
    "\(allowed) allow, \(denied) deny, \(reviewed) review, \(unreadable) unreadable"
  }
}
