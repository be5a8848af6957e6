// What the gate is asked, whoever asks: the command line or the daemon.

import Base
import Policy

/// One question of `check`: may this model be used here?
public struct CheckRequest: Sendable {
  /// The model: a directory or a file.
  public var path: String
  /// Facts about actor, request and service, waivers and overrides, in the form of a scenario
  /// (Policies/README.md). Nil: nothing is said, and what is needed is asked back.
  public var profile: JSON?
  /// The day the law is asked for; nil: the day of the clock.
  public var asOf: CalendarDay?
  public var horizon: Horizon?
  /// Which links inside the model are followed.
  public var links = LinkScope.none
  /// A table of base models that adds to the shipped one.
  public var models: JSON?
  /// `quick` looks at files and licence and asks no policy.
  public var depth: JobRequest.CheckProfile
  public var threads: Int
  /// Asked while files are read; true ends the check with `interrupted`.
  public var isCancelled: @Sendable () -> Bool = { Interrupt.isRequested }

  public init(
    path: String, profile: JSON? = nil, asOf: CalendarDay? = nil, horizon: Horizon? = nil,
    models: JSON? = nil, depth: JobRequest.CheckProfile = .full,
    threads: Int = Parallel.defaultThreads
  ) {
    self.path = path
    self.profile = profile
    self.asOf = asOf
    self.horizon = horizon
    self.models = models
    self.depth = depth
    self.threads = threads
  }
}
