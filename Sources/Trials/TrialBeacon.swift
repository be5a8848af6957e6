// The public random value of a trial: its round is named before anybody can know the value.

import Base

/// A public random value that is mixed into every coin.
public struct TrialBeacon: Equatable, Sendable {
  /// Which value of which beacon: named before it is known.
  public let round: String
  /// Nil until it is known.
  public let value: [UInt8]?

  /// `ROUND` or `ROUND:VALUE`, the value in hex.
  public init(_ text: String) throws(Problem) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let value = parts.count == 2 ? Hex.decode(parts[1]) : nil
    guard (1...2).contains(parts.count), Self.isRound(parts[0]),
      parts.count == 1 || (value.map { (1...Self.valueBytesMax).contains($0.count) } ?? false)
    else {
      throw Problem(
        .usage, "bad_value", reason: "--beacon \(text): ROUND or ROUND:VALUE is wanted",
        remedy: "ROUND is 1 to 128 letters, digits, \"-\", \".\", \"/\"; VALUE is lower-case hex")
    }
    round = parts[0]
    self.value = value
  }

  init(round: String, value: [UInt8]?) {
    self.round = round
    self.value = value
  }

  static let valueBytesMax = 1024

  static func isRound(_ text: String) -> Bool {
    (1...128).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte) || "-./".utf8.contains(byte)
      }
  }
}
