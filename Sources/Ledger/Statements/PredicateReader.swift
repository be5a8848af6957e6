// Reads the predicate of a statement member by member, with the place of every fault.
//
// Promises: a member of the wrong form is a problem with its JSON pointer, never a default; a
// member that is null counts as absent. Members that nobody asks for are left alone, as in-toto
// demands of readers.

import Base
import Crypto

/// A JSON object and where it stands.
struct PredicateReader {
  private let kind: StatementType
  private let pointer: String
  private let object: JSONObject

  /// The predicate of a statement of the given kind.
  init(_ statement: Statement, as kind: StatementType) throws(Problem) {
    self.kind = kind
    pointer = "/predicate"
    guard statement.predicateType == kind.uri else {
      throw Self.malformed(kind, "/predicateType", "this is no \(kind.rawValue) statement")
    }
    guard let object = statement.predicate.object else {
      throw Self.malformed(kind, "/predicate", "an object is needed")
    }
    self.object = object
  }

  private init(_ kind: StatementType, _ pointer: String, _ object: JSONObject) {
    self.kind = kind
    self.pointer = pointer
    self.object = object
  }

  func malformed(_ key: String, _ reason: String) -> Problem {
    Self.malformed(kind, "\(pointer)/\(key)", reason)
  }

  static func malformed(_ kind: StatementType, _ place: String, _ reason: String) -> Problem {
    Problem(
      .malformed, "bad_\(kind.rawValue)", place: place,
      reason: "\(kind.rawValue) statement: \(reason)")
  }

  /// The member, nil when it is absent or null.
  func member(_ key: String) -> JSON? {
    guard let value = object[key], !value.isNull else { return nil }
    return value
  }

  func text(_ key: String) throws(Problem) -> String? {
    guard let value = member(key) else { return nil }
    guard let text = value.string else { throw malformed(key, "a string is needed") }
    return text
  }

  /// A text that must be there and must not be empty.
  func filled(_ key: String) throws(Problem) -> String {
    guard let text = try text(key), !text.isEmpty else {
      throw malformed(key, "a string that is not empty is needed")
    }
    return text
  }

  func day(_ key: String) throws(Problem) -> CalendarDay? {
    guard let text = try text(key) else { return nil }
    guard let day = CalendarDay(text) else { throw malformed(key, "YYYY-MM-DD is needed") }
    return day
  }

  func time(_ key: String) throws(Problem) -> Instant? {
    guard let text = try text(key) else { return nil }
    guard let time = Instant(rfc3339: text) else {
      throw malformed(key, "an RFC 3339 time is needed")
    }
    return time
  }

  /// A time that must be there.
  func moment(_ key: String) throws(Problem) -> Instant {
    guard let time = try time(key) else { throw malformed(key, "a time is needed") }
    return time
  }

  func index(_ key: String) throws(Problem) -> Int? {
    guard let value = member(key) else { return nil }
    guard let index = value.int, index >= 0 else {
      throw malformed(key, "a whole number from 0 is needed")
    }
    return index
  }

  func digest(_ key: String) throws(Problem) -> Digest? {
    guard let text = try text(key) else { return nil }
    guard let digest = Digest(tagged: text) else {
      throw malformed(key, "sha256: and 64 lower-case hexadecimal digits are needed")
    }
    return digest
  }

  func word<Word: RawRepresentable<String>>(
    _ key: String, as type: Word.Type
  ) throws(Problem) -> Word? {
    guard let text = try text(key) else { return nil }
    guard let word = Word(rawValue: text) else {
      throw malformed(key, "\"\(text)\" is not a word of the vocabulary")
    }
    return word
  }

  func list(_ key: String) throws(Problem) -> [JSON] {
    guard let value = member(key) else { return [] }
    guard let list = value.array else { throw malformed(key, "a list is needed") }
    return list
  }

  func texts(_ key: String) throws(Problem) -> [String] {
    let list = try list(key)
    let texts = list.compactMap(\.string)
    guard texts.count == list.count else { throw malformed(key, "a list of strings is needed") }
    return texts
  }

  func indices(_ key: String) throws(Problem) -> [Int] {
    let list = try list(key)
    let indices = list.compactMap(\.int)
    guard indices.count == list.count, indices.allSatisfy({ $0 >= 0 }) else {
      throw malformed(key, "a list of whole numbers from 0 is needed")
    }
    return indices
  }

  /// A member that is an object; nil when it is absent or null.
  func object(_ key: String) throws(Problem) -> PredicateReader? {
    guard let value = member(key) else { return nil }
    guard let object = value.object else { throw malformed(key, "an object is needed") }
    return PredicateReader(kind, "\(pointer)/\(key)", object)
  }

  /// The members of a list that are objects.
  func objects(_ key: String) throws(Problem) -> [PredicateReader] {
    var readers: [PredicateReader] = []
    for (position, item) in try list(key).enumerated() {
      guard let object = item.object else {
        throw malformed("\(key)/\(position)", "an object is needed")
      }
      readers.append(PredicateReader(kind, "\(pointer)/\(key)/\(position)", object))
    }
    return readers
  }
}

extension Statement {
  /// The one subject that a statement of this kind has.
  func onlySubject(as kind: StatementType) throws(Problem) -> (name: String?, digest: Digest) {
    guard subjects.count == 1, let digest = subjects[0].sha256 else {
      throw PredicateReader.malformed(kind, "/subject", "one subject with a SHA-256 is needed")
    }
    return (subjects[0].name, digest)
  }

  /// All subjects; each must have a SHA-256.
  func subjectsByDigest(
    as kind: StatementType
  ) throws(Problem) -> [(name: String?, digest: Digest)] {
    let named = subjects.compactMap { subject in subject.sha256.map { (subject.name, $0) } }
    guard named.count == subjects.count else {
      throw PredicateReader.malformed(kind, "/subject", "every subject needs a SHA-256")
    }
    return named
  }
}
