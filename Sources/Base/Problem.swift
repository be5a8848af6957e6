// How a run ends: one exit code, and one form of error at the seams between modules.
//
// A `Problem` names the kind (which decides the exit code), the place (file, byte, header part or
// JSON pointer), the reason (what was found, what was wanted) and the remedy. A verdict is never
// a `Problem`: "denied" and "undecided" are answers, not errors.

/// The exit codes of the program (DESIGN section 7).
public struct ExitCode: RawRepresentable, Hashable, Sendable {
  public let rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// Yes, clean, allowed, nothing found.
  public static let yes = ExitCode(rawValue: 0)
  /// No: denied, mismatch, not verified, unsafe, descent found.
  public static let no = ExitCode(rawValue: 1)
  /// The command line is wrong.
  public static let usage = ExitCode(rawValue: 2)
  /// Undecided: review, inconclusive, warnings only.
  public static let undecided = ExitCode(rawValue: 3)
  /// The input is malformed or cannot be read.
  public static let malformed = ExitCode(rawValue: 4)
  /// An internal failure, or the disk or network failed.
  public static let failure = ExitCode(rawValue: 5)
  /// Stopped by the user.
  public static let interrupted = ExitCode(rawValue: 130)

  /// The code of a batch (judge/README): an unreadable input first, then no, then undecided.
  public static func combined(_ codes: some Sequence<ExitCode>) -> ExitCode {
    let all = Set(codes)
    let order: [ExitCode] = [.interrupted, .failure, .malformed, .usage, .no, .undecided]
    return order.first(where: all.contains) ?? .yes
  }
}

/// The one error that leaves a module.
public struct Problem: Error, Equatable, Sendable, CustomStringConvertible {
  /// Decides the exit code.
  public enum Kind: Equatable, Sendable {
    /// The answer is no, and there is nothing more to say (exit 1).
    case refused
    /// The command line or a request is wrong (exit 2).
    case usage
    /// Something needed for a decision is missing (exit 3).
    case undecided
    /// The input is malformed or unreadable (exit 4).
    case malformed
    /// Ours, the disk's or the network's fault (exit 5).
    case failure
    /// The user stopped the run (exit 130).
    case interrupted
  }

  public var kind: Kind
  /// A stable word in snake_case for programs.
  public var code: String
  /// File, tensor, header part, byte offset or JSON pointer.
  public var place: String?
  /// What was found and what was wanted, one sentence.
  public var reason: String
  /// What to do about it, one sentence.
  public var remedy: String?
  /// Typed extras that stand beside `code` and `message` in JSON.
  public var details: JSONObject

  public init(
    _ kind: Kind, _ code: String, place: String? = nil, reason: String, remedy: String? = nil,
    details: JSONObject = [:]
  ) {
    self.kind = kind
    self.code = code
    self.place = place
    self.reason = reason
    self.remedy = remedy
    self.details = details
  }

  public var exitCode: ExitCode {
    switch kind {
    case .refused: .no
    case .usage: .usage
    case .undecided: .undecided
    case .malformed: .malformed
    case .failure: .failure
    case .interrupted: .interrupted
    }
  }

  /// The same problem, seen from one level further out: `place` is put in front.
  public func at(_ outer: String) -> Problem {
    var copy = self
    copy.place = place.map { "\(outer): \($0)" } ?? outer
    return copy
  }

  /// `{"code", "message", "place"?, "remedy"?, …details}`.
  public var json: JSON {
    var object = details
    object["code"] = .string(code)
    object["message"] = .string(reason)
    if let place { object["place"] = .string(place) }
    if let remedy { object["remedy"] = .string(remedy) }
    return .object(object)
  }

  /// One line for people: place, reason, remedy.
  public var description: String {
    let head = place.map { "\($0): \(reason)" } ?? reason
    return remedy.map { "\(head); \($0)" } ?? head
  }
}
