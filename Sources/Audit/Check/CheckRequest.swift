// What the gate is asked, whoever asks: the command line or the daemon.

import Base
import Formats
import Policy
import State

/// A fact and a word for its value, as they were typed.
public struct FactWords: Equatable, Sendable {
  public var fact: String
  public var word: String

  public init(_ fact: String, _ word: String) {
    self.fact = fact
    self.word = word
  }
}

/// One question of `check`: may this model be used here?
public struct CheckRequest: Sendable {
  /// Which pack is asked.
  public enum PolicyChoice: Equatable, Sendable {
    /// The shipped one (nil or `default`), or one that the state knows by name.
    case named(String?)
    /// A directory of this machine.
    case directory(String)
  }

  /// Who asks.
  public enum ProfileChoice: Equatable, Sendable {
    /// `profile` of the state's config.json; nothing is said where there is none.
    case configured
    /// A profile that was stored in the state.
    case stored(String)
    /// Facts that came with the question; the name is for people.
    case given(name: String, facts: JSON)
  }

  /// The model, wherever and however it lies; with which links inside it are followed.
  public var model: ModelAddress
  public var policy = PolicyChoice.named(nil)
  public var profile = ProfileChoice.configured
  /// What the question says over the profile: names of facts and words for them.
  public var changes: [FactWords] = []
  /// What the one who asks states of the model.
  public var stated = StatedWords()
  /// The day the law is asked for; nil: the day of the clock.
  public var asOf: CalendarDay?
  public var horizon: Horizon?
  /// A table of base models that adds to the shipped one.
  public var models: JSON?
  /// `quick` looks at files and licence and asks no policy.
  public var depth: CheckDepth

  public init(path: String, depth: CheckDepth = .full) {
    self.init(ModelAddress(path: path), depth: depth)
  }

  public init(_ model: ModelAddress, depth: CheckDepth = .full) {
    self.model = model
    self.depth = depth
  }
}
