// A place in a tokenizer.json: a value and the JSON pointer (RFC 6901) that leads to it.
//
// Every complaint about a tokenizer.json names the file and the pointer. Members that are not known
// are complained about: they would change the tokens.

import Base

struct TokenizerNode {
  let value: JSON
  let pointer: String
  let file: String

  init(_ value: JSON, pointer: String = "", file: String) {
    self.value = value
    self.pointer = pointer
    self.file = file
  }

  func problem(_ code: String, _ reason: String, remedy: String? = nil) -> Problem {
    Problem(
      .malformed, code, place: pointer.isEmpty ? file : "\(file): \(pointer)", reason: reason,
      remedy: remedy ?? "check the file against the model's publisher")
  }

  /// Something that may be right but that this program does not know.
  func unsupported(_ what: String) -> Problem {
    problem(
      "unsupported_tokenizer", "\(what) is not supported",
      remedy: "tokenize with the model's own library and pass identifiers instead of texts")
  }

  func wrongType(_ wanted: String) -> Problem {
    problem("malformed_tokenizer", "expected \(wanted)")
  }

  /// The member of an object; nil if it is not there or null.
  subscript(key: String) -> TokenizerNode? {
    guard let member = value[key], !member.isNull else { return nil }
    return child(member, key)
  }

  private func child(_ member: JSON, _ key: String) -> TokenizerNode {
    let escaped = key.replacing("~", with: "~0").replacing("/", with: "~1")
    return TokenizerNode(member, pointer: "\(pointer)/\(escaped)", file: file)
  }

  func required(_ key: String) throws(Problem) -> TokenizerNode {
    guard let node = self[key] else {
      throw problem("malformed_tokenizer", "the member \"\(key)\" is missing")
    }
    return node
  }

  /// Throws if the value is no object or has a member that is not named here.
  func allow(_ keys: String...) throws(Problem) {
    guard let object = value.object else { throw wrongType("an object") }
    for (key, member) in object.members where !keys.contains(key) {
      throw child(member, key).unsupported("this member")
    }
  }

  var type: String {
    get throws(Problem) { try required("type").string }
  }

  var string: String {
    get throws(Problem) {
      guard let string = value.string else { throw wrongType("a string") }
      return string
    }
  }

  var scalars: [UInt32] {
    get throws(Problem) { try string.unicodeScalars.map(\.value) }
  }

  var int: Int {
    get throws(Problem) {
      guard let int = value.int else { throw wrongType("a whole number") }
      return int
    }
  }

  var double: Double {
    get throws(Problem) {
      guard let double = value.double, double.isFinite else { throw wrongType("a number") }
      return double
    }
  }

  var bool: Bool {
    get throws(Problem) {
      guard let bool = value.bool else { throw wrongType("true or false") }
      return bool
    }
  }

  /// The elements of an array.
  var elements: [TokenizerNode] {
    get throws(Problem) {
      guard let array = value.array else { throw wrongType("an array") }
      return array.enumerated().map {
        TokenizerNode($0.element, pointer: "\(pointer)/\($0.offset)", file: file)
      }
    }
  }

  func bool(_ key: String, default fallback: Bool) throws(Problem) -> Bool {
    try self[key]?.bool ?? fallback
  }

  /// A single character.
  var character: UInt32 {
    get throws(Problem) {
      let all = try scalars
      guard all.count == 1, let only = all.first else { throw wrongType("one character") }
      return only
    }
  }
}
