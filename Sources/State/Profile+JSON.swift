// The members of a profile's facts that decide how it is asked.

import Base

extension Profile {
  /// The day that it names for its question; it goes before the clock's.
  public var date: JSON? { facts["request"]?["date"] }
}
