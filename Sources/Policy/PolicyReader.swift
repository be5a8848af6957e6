// A JSON value together with where it stands, so that every refusal can name its place.
//
// Spec: JSON Pointer, RFC 6901.
// Promises: reading a member either gives the wanted type or a `Problem` with the pointer; keys
// that nobody reads are refused by `only`, since a misspelt key would silently drop a condition.

import Base

struct PolicyReader {
  /// The file's name, empty for a request.
  let file: String
  let pointer: String
  let json: JSON

  init(file: String, json: JSON) {
    self.file = file
    self.pointer = ""
    self.json = json
  }

  private init(file: String, pointer: String, json: JSON) {
    self.file = file
    self.pointer = pointer
    self.json = json
  }

  /// The pointer of a request, `file#pointer` in a pack.
  var place: String { file.isEmpty ? pointer : "\(file)#\(pointer)" }

  func problem(_ code: String, _ reason: String, remedy: String? = nil) -> Problem {
    Problem(.malformed, code, place: place, reason: reason, remedy: remedy)
  }

  static func escaped(_ key: String) -> String {
    var result = ""
    for scalar in key.unicodeScalars {
      switch scalar {
      case "~": result += "~0"
      case "/": result += "~1"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The place of a member, there or not.
  func at(_ key: String, _ value: JSON = .null) -> PolicyReader {
    PolicyReader(file: file, pointer: pointer + "/" + Self.escaped(key), json: value)
  }

  /// The member, nil when it is absent or null.
  func optional(_ key: String) -> PolicyReader? {
    guard let value = json[key], !value.isNull else { return nil }
    return at(key, value)
  }

  func member(_ key: String) throws(Problem) -> PolicyReader {
    guard let value = json[key] else {
      throw problem("missing_field", "\"\(key)\" is missing here")
    }
    return at(key, value)
  }

  func object() throws(Problem) -> JSONObject {
    guard let object = json.object else { throw problem("bad_value", "an object is wanted here") }
    return object
  }

  /// The members, each with its place.
  func members() throws(Problem) -> [(key: String, value: PolicyReader)] {
    try object().members.map { ($0.key, at($0.key, $0.value)) }
  }

  func elements() throws(Problem) -> [PolicyReader] {
    guard let array = json.array else { throw problem("bad_value", "an array is wanted here") }
    return array.enumerated().map { at(String($0.offset), $0.element) }
  }

  func text() throws(Problem) -> String {
    guard let text = json.string else { throw problem("bad_value", "a text is wanted here") }
    return text
  }

  func flag() throws(Problem) -> Bool {
    guard let flag = json.bool else { throw problem("bad_value", "true or false is wanted here") }
    return flag
  }

  func day() throws(Problem) -> CalendarDay {
    guard let text = json.string, let day = CalendarDay(text) else {
      throw problem("bad_value", "a day as YYYY-MM-DD is wanted here")
    }
    return day
  }

  func word<Word: RawRepresentable & CaseIterable>(
    _ type: Word.Type
  ) throws(Problem) -> Word where Word.RawValue == String {
    guard let text = json.string, let word = Word(rawValue: text) else {
      let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw problem("bad_value", "\(quoted) is none of: \(known)")
    }
    return word
  }

  /// The value as text for a message, shortened.
  var quoted: String {
    let text = json.canonicalText
    return text.utf8.count <= 60 ? text : String(text.prefix(57)) + "..."
  }

  /// Refuses members that nobody knows.
  func only(_ known: Set<String>, code: String = "unknown_field") throws(Problem) {
    for (key, value) in try members() where !known.contains(key) {
      throw value.problem(
        code, "\"\(key)\" is not a field of this object",
        remedy: "fields: " + known.sorted().joined(separator: ", "))
    }
  }
}
