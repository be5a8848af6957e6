// Reads an answer member by member, with the place of every fault.
//
// Promises: a member of another form than is wanted is a problem with its JSON pointer, never a
// default. One that is absent or null has the empty value of its form, since a statement of the
// ledger holds less of an answer than the answer itself, and members that nobody asks for are left
// alone. Whoever must know that nothing is missing and nothing is added writes the value that was
// read again and compares: so do the checks of evidence packs.

import Base

/// A JSON object of an answer and where it stands.
public struct AnswerReader: Sendable {
  /// File and JSON pointer.
  public let place: String
  private let object: JSONObject

  /// - Parameter place: the file's name, or empty; a JSON pointer follows it.
  public init(_ json: JSON, at place: String = "") throws(Problem) {
    guard let object = json.object else {
      throw Self.malformed(place, "an object is wanted")
    }
    self.place = place
    self.object = object
  }

  /// What is wrong with a member.
  public func malformed(_ key: String, _ reason: String) -> Problem {
    Self.malformed("\(place)/\(key)", reason)
  }

  private static func malformed(_ place: String, _ reason: String) -> Problem {
    Problem(.malformed, "bad_answer", place: place, reason: reason)
  }

  /// The value of a member that must be there.
  public func needed<Value>(_ key: String, _ value: Value?) throws(Problem) -> Value {
    guard let value else { throw malformed(key, "it is missing") }
    return value
  }

  /// The member; nil if it is absent or null.
  public func member(_ key: String) -> JSON? {
    guard let value = object[key], !value.isNull else { return nil }
    return value
  }

  /// All members but these.
  public func members(without known: [String]) -> JSONObject {
    var rest = object
    for key in known { rest[key] = nil }
    return rest
  }

  // MARK: Single values

  public func text(_ key: String) throws(Problem) -> String? {
    try read(key, "a text is wanted") { $0.string }
  }

  public func whole(_ key: String) throws(Problem) -> Int? {
    try read(key, "a whole number is wanted") { $0.int }
  }

  public func number(_ key: String) throws(Problem) -> Double? {
    try read(key, "a number is wanted") { $0.double }
  }

  public func flag(_ key: String) throws(Problem) -> Bool? {
    try read(key, "true or false is wanted") { $0.bool }
  }

  public func digest(_ key: String) throws(Problem) -> Digest? {
    try read(key, "sha256: and 64 lower-case hexadecimal digits are wanted") {
      $0.string.flatMap(Digest.init(tagged:))
    }
  }

  /// A word of a fixed vocabulary.
  public func word<Word: RawRepresentable<String>>(
    _ key: String, as type: Word.Type
  ) throws(Problem) -> Word? {
    try read(key, "a word of the vocabulary is wanted") { $0.string.flatMap(Word.init(rawValue:)) }
  }

  // MARK: Lists

  public func texts(_ key: String) throws(Problem) -> [String] {
    try values(key, "a list of texts is wanted") { $0.string }
  }

  public func wholes(_ key: String) throws(Problem) -> [Int] {
    try values(key, "a list of whole numbers is wanted") { $0.int }
  }

  /// Numbers; null is one that JSON cannot say, and becomes NaN.
  public func numbers(_ key: String) throws(Problem) -> [Double] {
    try values(key, "a list of numbers is wanted") { $0.isNull ? .nan : $0.double }
  }

  public func words<Word: RawRepresentable<String>>(
    _ key: String, as type: Word.Type
  ) throws(Problem) -> [Word] {
    try values(key, "words of the vocabulary are wanted") {
      $0.string.flatMap(Word.init(rawValue:))
    }
  }

  /// The list of a member, each value read by `value`; nil from it is a fault.
  public func values<Value>(
    _ key: String, _ reason: String, _ value: (JSON) -> Value?
  ) throws(Problem) -> [Value] {
    let list = try read(key, "a list is wanted") { $0.array } ?? []
    let values = list.compactMap(value)
    guard values.count == list.count else { throw malformed(key, reason) }
    return values
  }

  // MARK: Objects

  /// A member that is an object.
  public func object(_ key: String) throws(Problem) -> AnswerReader? {
    guard let value = member(key) else { return nil }
    return try AnswerReader(value, at: "\(place)/\(key)")
  }

  /// A list of objects.
  public func objects(_ key: String) throws(Problem) -> [AnswerReader] {
    try optionalObjects(key).enumerated().map { index, reader throws(Problem) in
      guard let reader else { throw malformed("\(key)/\(index)", "an object is wanted") }
      return reader
    }
  }

  /// A list of objects, some of them null.
  public func optionalObjects(_ key: String) throws(Problem) -> [AnswerReader?] {
    let list = try read(key, "a list is wanted") { $0.array } ?? []
    return try list.enumerated().map { index, value throws(Problem) in
      value.isNull ? nil : try AnswerReader(value, at: "\(place)/\(key)/\(index)")
    }
  }

  private func read<Value>(
    _ key: String, _ reason: String, _ value: (JSON) -> Value?
  ) throws(Problem) -> Value? {
    guard let member = member(key) else { return nil }
    guard let value = value(member) else { throw malformed(key, reason) }
    return value
  }
}
