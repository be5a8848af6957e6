// Three-valued logic: what is known to hold, known not to hold, or not known.
//
// Spec: Kleene's strong logic (S. C. Kleene, Introduction to Metamathematics, section 64) on the
// order no < unknown < yes: `and` is the minimum, `or` the maximum, `not` the mirror.
// Promises: every operation is monotone in knowledge: replacing an unknown operand by a known one
// can turn an unknown result into a known one and never changes a known result.
// Does not: default. An unknown is never read as "no".

/// A truth value of Kleene's strong three-valued logic.
public enum Truth: UInt8, Comparable, Sendable {
  case no = 0
  case unknown = 1
  case yes = 2

  @inline(__always)
  public static func < (a: Truth, b: Truth) -> Bool { a.rawValue < b.rawValue }

  /// The mirror: yes and no change places, unknown stays.
  @inline(__always)
  public static prefix func ! (a: Truth) -> Truth {
    switch a {
    case .no: .yes
    case .unknown: .unknown
    case .yes: .no
    }
  }

  init(_ known: Bool) { self = known ? .yes : .no }

  /// The word used in answers: `true`, `false`, `unknown`.
  public var word: String {
    switch self {
    case .no: "false"
    case .unknown: "unknown"
    case .yes: "true"
    }
  }
}
