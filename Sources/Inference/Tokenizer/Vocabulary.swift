// The tokens of a model, by identifier and by text.

import Base

/// A two-way map between token texts, as bytes, and identifiers.
struct Vocabulary: Sendable {
  /// By identifier; nil where an identifier is not used.
  private(set) var tokens: [[UInt8]?]
  private var identifiers: [ByteName: Int32]

  /// The most tokens of a vocabulary, and the greatest identifier plus one.
  static let countMax = 1 << 22

  init() {
    tokens = []
    identifiers = [:]
  }

  /// How many token texts there are; less than `tokens.count` if identifiers are skipped.
  var count: Int { identifiers.count }

  func identifier(of token: some Sequence<UInt8>) -> Int32? { identifiers[ByteName(bytes: token)] }

  func identifier(of name: ByteName) -> Int32? { identifiers[name] }

  subscript(identifier: Int32) -> [UInt8]? {
    tokens.indices.contains(Int(identifier)) ? tokens[Int(identifier)] : nil
  }

  mutating func reserve(_ count: Int) {
    tokens.reserveCapacity(count)
    identifiers.reserveCapacity(count)
  }

  /// Adds a token. A text that stands twice is encoded as its last identifier, as the libraries do
  /// it; the earlier ones still decode to it. False if the identifier is out of bounds or taken.
  mutating func insert(_ token: [UInt8], at identifier: Int) -> Bool {
    guard identifier >= 0, identifier < Self.countMax else { return false }
    while tokens.count <= identifier { tokens.append(nil) }
    guard tokens[identifier] == nil else { return false }
    tokens[identifier] = token
    identifiers[ByteName(bytes: token)] = Int32(identifier)
    return true
  }
}
