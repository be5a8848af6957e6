// The zones of this machine: `/usr/share/zoneinfo`, or the directory `TZDIR` names. Zone names come
// from outside, so only plain names inside that directory are looked up, after links are resolved.
// Where the directory is missing, UTC still works and every other name says why it does not.

import Base

/// Finds the rules of a zone by its name in the zone database.
public struct TimeZoneDatabase: Sendable {
  private let directory: String

  public init(directory: String? = nil) {
    self.directory =
      directory ?? FileSystem.environment("TZDIR") ?? "/usr/share/zoneinfo"
  }

  /// The rules of `Europe/Berlin` and the like. Offsets, POSIX texts and paths are no names.
  public func rules(of name: String) throws(Problem) -> TimeZoneRules {
    guard Self.isName(name) else {
      throw Self.problem(name, "it is not the name of a zone")
    }
    let path = FileSystem.join(directory, name)
    // "posixrules", "localtime" and the tables beside the zones are not zones.
    guard let real = try? FileSystem.realPath(path), let root = try? FileSystem.realPath(directory)
    else {
      if name == "UTC" || name == "Etc/UTC" { return .utc }
      let hasDatabase = FileSystem.kind(of: directory) != nil
      throw Self.problem(
        name, hasDatabase ? "there is no such zone" : "this machine has no zone database")
    }
    guard real.hasPrefix(root + "/") else { throw Self.problem(name, "it leads elsewhere") }
    do {
      let bytes = try FileSystem.read(real, limitBytes: TimeZoneRules.byteCountMax)
      return try TimeZoneRules(reading: bytes)
    } catch let error as TimeZoneError {
      throw Self.problem(name, error.reason)
    } catch {
      throw Self.problem(name, "its file cannot be read")
    }
  }

  /// Words of letters, digits, `_`, `+`, `-`, separated by slashes.
  private static func isName(_ name: String) -> Bool {
    let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return name.utf8.count <= 64 && parts.count <= 4
      && parts.allSatisfy { part in
        !part.isEmpty
          && part.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
              || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "+")
              || byte == UInt8(ascii: "-")
          }
      }
  }

  private static func problem(_ name: String, _ why: String) -> Problem {
    Problem(
      .usage, "invalid_timezone", place: name, reason: "the time zone cannot be used: \(why)",
      remedy: "use a name of the zone database, such as Europe/Berlin or UTC")
  }
}
