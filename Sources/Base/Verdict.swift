// The answer to "may we use it here".

/// The verdict of a policy, a check, a decision. Undecided is `review`, never `allow`.
public enum Verdict: String, Sendable, CaseIterable {
  case allow, deny, review

  /// 0 allow, 1 deny, 3 review.
  public var exitCode: ExitCode {
    switch self {
    case .allow: .yes
    case .deny: .no
    case .review: .undecided
    }
  }
}
