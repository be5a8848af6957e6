// Reads a JSON object member by member, with the place of every fault.
//
// Promises: a member of the wrong form is a problem with its JSON pointer (RFC 6901), never a
// default; a member that is null counts as absent. Members that nobody asks for are left alone, as
// in-toto demands of readers.

/// A JSON object, where it stands, and what it is called when it cannot be read.
public struct ObjectReader: Sendable {
  private let code: String
  private let what: String
  private let remedy: String?
  private let pointer: String
  private let object: JSONObject

  /// - Parameters:
  ///   - code: the code of every problem.
  ///   - what: what is read, for people: "check statement".
  ///   - pointer: where the object stands.
  public init(
    _ json: JSON, code: String, what: String, remedy: String? = nil, pointer: String = ""
  ) throws(Problem) {
    guard let object = json.object else {
      throw Problem(
        .malformed, code, place: pointer.isEmpty ? nil : pointer,
        reason: "\(what): an object is needed", remedy: remedy)
    }
    self.init(code, what, remedy, pointer, object)
  }

  private init(
    _ code: String, _ what: String, _ remedy: String?, _ pointer: String, _ object: JSONObject
  ) {
    self.code = code
    self.what = what
    self.remedy = remedy
    self.pointer = pointer
    self.object = object
  }

  /// Where the object stands; empty for the outermost.
  public var place: String { pointer }

  /// A problem with a member of this object.
  public func malformed(_ key: String, _ reason: String) -> Problem {
    Problem(
      .malformed, code, place: "\(pointer)/\(key)", reason: "\(what): \(reason)", remedy: remedy)
  }

  /// The member, nil when it is absent or null.
  public func member(_ key: String) -> JSON? {
    guard let value = object[key], !value.isNull else { return nil }
    return value
  }

  /// All members but these.
  public func members(without keys: Set<ByteName>) -> JSONObject {
    JSONObject(object.filter { !keys.contains(ByteName($0.key)) }.map { ($0.key, $0.value) })
  }

  /// A value that was read and must be there.
  public func needed<Value>(
    _ key: String, _ value: Value?, _ wanted: String = "the member"
  ) throws(Problem) -> Value {
    guard let value else { throw malformed(key, "\(wanted) is needed") }
    return value
  }
}

// MARK: Words and numbers

extension ObjectReader {
  /// A text; nil when it is absent, as of all members below.
  public func text(_ key: String) throws(Problem) -> String? {
    guard let value = member(key) else { return nil }
    guard let text = value.string else { throw malformed(key, "a string is needed") }
    return text
  }

  /// A text that must be there and must not be empty.
  public func filled(_ key: String) throws(Problem) -> String {
    guard let text = try text(key), !text.isEmpty else {
      throw malformed(key, "a string that is not empty is needed")
    }
    return text
  }

  /// True or false.
  public func flag(_ key: String) throws(Problem) -> Bool? {
    guard let value = member(key) else { return nil }
    guard let flag = value.bool else { throw malformed(key, "true or false is needed") }
    return flag
  }

  /// A day, YYYY-MM-DD.
  public func day(_ key: String) throws(Problem) -> CalendarDay? {
    guard let text = try text(key) else { return nil }
    guard let day = CalendarDay(text) else { throw malformed(key, "YYYY-MM-DD is needed") }
    return day
  }

  /// A time, RFC 3339.
  public func time(_ key: String) throws(Problem) -> Instant? {
    guard let text = try text(key) else { return nil }
    guard let time = Instant(rfc3339: text) else {
      throw malformed(key, "an RFC 3339 time is needed")
    }
    return time
  }

  /// A time that must be there.
  public func moment(_ key: String) throws(Problem) -> Instant {
    guard let time = try time(key) else { throw malformed(key, "a time is needed") }
    return time
  }

  /// A whole number.
  public func whole(_ key: String) throws(Problem) -> Int? {
    guard let value = member(key) else { return nil }
    guard let number = value.int else { throw malformed(key, "a whole number is needed") }
    return number
  }

  /// A whole number from 0.
  public func index(_ key: String) throws(Problem) -> Int? {
    guard let value = member(key) else { return nil }
    guard let index = value.int, index >= 0 else {
      throw malformed(key, "a whole number from 0 is needed")
    }
    return index
  }

  /// A whole number from 0 that must be there.
  public func count(_ key: String) throws(Problem) -> Int {
    try needed(key, try index(key), "a whole number from 0")
  }

  /// A finite number.
  public func number(_ key: String) throws(Problem) -> Double? {
    guard let value = member(key) else { return nil }
    guard let number = value.double, number.isFinite else {
      throw malformed(key, "a number is needed")
    }
    return number
  }

  /// A digest, `sha256:<hex>`.
  public func digest(_ key: String) throws(Problem) -> Digest? {
    guard let text = try text(key) else { return nil }
    guard let digest = Digest(tagged: text) else {
      throw malformed(key, "sha256: and 64 lower-case hexadecimal digits are needed")
    }
    return digest
  }

  /// A word of a vocabulary.
  public func word<Word: RawRepresentable<String>>(
    _ key: String, as type: Word.Type
  ) throws(Problem) -> Word? {
    guard let text = try text(key) else { return nil }
    guard let word = Word(rawValue: text) else {
      throw malformed(key, "\"\(text)\" is not a word of the vocabulary")
    }
    return word
  }
}

// MARK: Lists and objects

extension ObjectReader {
  /// A list; empty when it is absent, as of all lists below.
  public func list(_ key: String) throws(Problem) -> [JSON] {
    guard let value = member(key) else { return [] }
    guard let list = value.array else { throw malformed(key, "a list is needed") }
    return list
  }

  /// A list of texts.
  public func texts(_ key: String) throws(Problem) -> [String] {
    let list = try list(key)
    let texts = list.compactMap(\.string)
    guard texts.count == list.count else { throw malformed(key, "a list of strings is needed") }
    return texts
  }

  /// A list of whole numbers from 0.
  public func indices(_ key: String) throws(Problem) -> [Int] {
    let list = try list(key)
    let indices = list.compactMap(\.int)
    guard indices.count == list.count, indices.allSatisfy({ $0 >= 0 }) else {
      throw malformed(key, "a list of whole numbers from 0 is needed")
    }
    return indices
  }

  /// A list of whole numbers.
  public func wholes(_ key: String) throws(Problem) -> [Int] {
    try values(key, "a whole number", \.int)
  }

  /// A list of numbers; null is one that JSON cannot say, and becomes NaN.
  public func numbers(_ key: String) throws(Problem) -> [Double] {
    try values(key, "a number") { $0.isNull ? .nan : $0.double }
  }

  /// A list of words of a vocabulary.
  public func words<Word: RawRepresentable<String>>(
    _ key: String, as type: Word.Type
  ) throws(Problem) -> [Word] {
    try values(key, "a word of the vocabulary") { $0.string.flatMap(Word.init(rawValue:)) }
  }

  /// The members of a list, each as `read` makes it of its JSON; nil from it is a fault.
  public func values<Value>(
    _ key: String, _ wanted: String, _ read: (JSON) -> Value?
  ) throws(Problem) -> [Value] {
    var values: [Value] = []
    for (position, item) in try list(key).enumerated() {
      guard let value = read(item) else {
        throw malformed("\(key)/\(position)", "\(wanted) is needed")
      }
      values.append(value)
    }
    return values
  }

  /// A member that is an object.
  public func object(_ key: String) throws(Problem) -> ObjectReader? {
    guard let value = member(key) else { return nil }
    guard let object = value.object else { throw malformed(key, "an object is needed") }
    return ObjectReader(code, what, remedy, "\(pointer)/\(key)", object)
  }

  /// The members of a list that are objects.
  public func objects(_ key: String) throws(Problem) -> [ObjectReader] {
    try optionalObjects(key).enumerated().map { position, reader throws(Problem) in
      try needed("\(key)/\(position)", reader, "an object")
    }
  }

  /// The members of a list that are objects or null.
  public func optionalObjects(_ key: String) throws(Problem) -> [ObjectReader?] {
    try list(key).enumerated().map { position, item throws(Problem) in
      if item.isNull { return nil }
      guard let object = item.object else {
        throw malformed("\(key)/\(position)", "an object is needed")
      }
      return ObjectReader(code, what, remedy, "\(pointer)/\(key)/\(position)", object)
    }
  }
}
