// Which logs are trusted, and how many of which witnesses must have seen a checkpoint.
//
// Spec: https://c2sp.org/tlog-policy
//
//     log <vkey> [<url>]
//     witness <name> <vkey> [<url>]
//     group <name> all|any|<k> <member>…
//     quorum <name>|none                exactly once
//
// Fields are parted by spaces and tabs; "#" begins a comment line; empty lines are allowed. Names
// are octets, defined before they are used, once; each is a member of at most one group. A key
// stands at most once, under whatever name: one witness must not count for two.

import Base
import Crypto

/// A policy that was read; it says nothing about any checkpoint yet.
public struct WitnessPolicy: Sendable {
  /// Keys of logs.
  public private(set) var logs: [NoteVerifier] = []
  /// Keys of witnesses.
  public private(set) var witnesses: [NoteVerifier] = []
  private var rules: [ByteName: Rule] = [:]
  private var quorum: Rule?

  private indirect enum Rule: Sendable {
    case none
    case witness(NoteVerifier)
    case group(threshold: Int, members: [Rule])
  }

  /// A policy of more bytes is refused.
  public static let byteCountMax = 1 << 20

  /// Whether these signers are enough.
  public func isSatisfied(by signers: [NoteVerifier]) -> Bool {
    func holds(_ rule: Rule) -> Bool {
      switch rule {
      case .none: true
      case .witness(let key): signers.contains(key)
      case .group(let threshold, let members): members.count(where: holds) >= threshold
      }
    }
    return quorum.map(holds) ?? false
  }
}

// MARK: Reading

extension WitnessPolicy {
  /// Reads a policy.
  public init(reading bytes: [UInt8]) throws(Refusal) {
    guard bytes.count <= Self.byteCountMax else { throw .malformed("the policy is too long") }
    let allowed = { (byte: UInt8) in
      byte == 0x09 || byte == 0x0A || (0x20...0x7E).contains(byte) || byte >= 0x80
    }
    guard bytes.allSatisfy(allowed) else {
      throw .malformed("the policy holds a control character")
    }
    var members: Set<ByteName> = []
    let lines = bytes.split(separator: newline, omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() where line.first != UInt8(ascii: "#") {
      let fields = line.split { $0 == 0x20 || $0 == 0x09 }.map { ByteName(bytes: Array($0)) }
      guard let word = fields.first else { continue }
      guard word.bytes.first != UInt8(ascii: "#") else { continue }
      guard try read(word.text, Array(fields.dropFirst()), &members) else {
        throw .malformed("line \(number + 1) is not a line of a policy")
      }
    }
    guard quorum != nil else { throw .malformed("the quorum line is missing") }
  }

  /// Reads one line; false when its form is wrong.
  private mutating func read(
    _ word: String, _ fields: [ByteName], _ members: inout Set<ByteName>
  ) throws(Refusal) -> Bool {
    switch (word, fields.count) {
    case ("log", 1...2):
      logs.append(try key(fields[0], kind: .ed25519, among: logs))
    case ("witness", 2...3):
      let key = try key(fields[1], kind: .cosignature, among: witnesses)
      try define(fields[0], .witness(key))
      witnesses.append(key)
    case ("group", 3...):
      try define(fields[0], try group(fields[1].text, Array(fields.dropFirst(2)), &members))
    case ("quorum", 1):
      guard quorum == nil else { throw .malformed("there are two quorum lines") }
      guard let rule = fields[0] == "none" ? Rule.none : rules[fields[0]] else {
        throw .malformed("the quorum \"\(fields[0].text)\" is not defined")
      }
      quorum = rule
    default:
      return false
    }
    return true
  }

  private func key(
    _ field: ByteName, kind: NoteKeyKind, among known: [NoteVerifier]
  ) throws(Refusal) -> NoteVerifier {
    guard let key = NoteVerifier(vkey: field.text), key.kind == kind else {
      throw .malformed("\"\(field.text)\" is not a key of the type that is needed here")
    }
    guard !known.contains(where: { $0.key == key.key }) else {
      throw .malformed("one key stands twice")
    }
    return key
  }

  private mutating func define(_ name: ByteName, _ rule: Rule) throws(Refusal) {
    guard name != "none", rules[name] == nil else {
      throw .malformed("the name \"\(name.text)\" is taken")
    }
    rules[name] = rule
  }

  private func group(
    _ count: String, _ names: [ByteName], _ members: inout Set<ByteName>
  ) throws(Refusal) -> Rule {
    var rules: [Rule] = []
    for name in names {
      guard let rule = self.rules[name] else {
        throw .malformed("the member \"\(name.text)\" is not defined")
      }
      guard members.insert(name).inserted else {
        throw .malformed("\"\(name.text)\" is a member twice")
      }
      rules.append(rule)
    }
    let threshold: Int? =
      switch count {
      case "any": 1
      case "all": rules.count
      default: canonicalDecimal(Array(count.utf8))
      }
    guard let threshold, (1...rules.count).contains(threshold) else {
      throw .malformed("a group needs all, any, or a number from 1 to its \(rules.count) members")
    }
    return .group(threshold: threshold, members: rules)
  }
}
