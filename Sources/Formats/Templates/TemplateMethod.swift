// The methods of texts, lists and dictionaries that are computed.

enum TemplateMethod {
  static let ofMaps: Set<String> = [
    "get", "items", "keys", "values", "update", "pop", "copy", "setdefault", "popitem", "clear",
    "fromkeys",
  ]
  /// Those that change what they are called on.
  static let changing: Set<String> = [
    "append", "extend", "insert", "update", "setdefault", "add", "remove", "clear", "pop",
    "popitem", "sort", "reverse", "discard",
  ]
  /// Those that give parts of a text and nothing of their arguments.
  static let parting: Set<String> = [
    "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "partition", "rpartition",
    "removeprefix", "removesuffix", "items", "keys", "values", "copy",
  ]
  static let counting: Set<String> = [
    "startswith", "endswith", "find", "rfind", "index", "rindex", "count", "isdigit", "isalpha",
    "isalnum", "isspace", "isupper", "islower", "isnumeric", "isdecimal", "istitle",
    "isidentifier",
  ]

  static func lower(_ text: String) -> String { text.lowercased() }
  static func upper(_ text: String) -> String { text.uppercased() }

  /// The first letter of each word large, the others small.
  static func title(_ text: String, startsAlsoBehind marks: (Character) -> Bool) -> String {
    var result = ""
    var isStart = true
    for character in text {
      result += isStart ? character.uppercased() : character.lowercased()
      isStart = marks(character)
    }
    return result
  }

  static func capitalized(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst().lowercased()
  }

  static func swapped(_ text: String) -> String {
    text.map { $0.isUppercase ? $0.lowercased() : $0.uppercased() }.joined()
  }

  static func stripped(
    _ text: [Unicode.Scalar], of characters: [Unicode.Scalar]?, start: Bool = true, end: Bool = true
  ) -> [Unicode.Scalar] {
    func isOff(_ scalar: Unicode.Scalar) -> Bool {
      characters?.contains(scalar) ?? JinjaLexer.isBlank(scalar)
    }
    var rest = text[...]
    if start { rest = rest.drop(while: isOff) }
    if end {
      while let last = rest.last, isOff(last) { rest = rest.dropLast() }
    }
    return Array(rest)
  }

  /// Nil if the result would be too long.
  static func replaced(
    _ text: [Unicode.Scalar], _ old: [Unicode.Scalar], _ new: [Unicode.Scalar], count: Int
  ) -> [Unicode.Scalar]? {
    var result: [Unicode.Scalar] = []
    var index = 0
    var left = count
    while index <= text.count, result.count <= TemplateText.scalarsMax {
      if left != 0, text[index...].starts(with: old) {
        result += new
        left -= 1
        if !old.isEmpty {
          index += old.count
          continue
        }
      }
      if index < text.count { result.append(text[index]) }
      index += 1
    }
    return result.count <= TemplateText.scalarsMax ? result : nil
  }

  static func split(
    _ text: [Unicode.Scalar], _ separator: [Unicode.Scalar]?, most: Int, fromEnd: Bool
  ) -> [[Unicode.Scalar]] {
    guard let separator, !separator.isEmpty else {
      let pieces = text.split(whereSeparator: JinjaLexer.isBlank).map { Array($0) }
      return pieces.count <= most + 1 || most < 0 ? pieces : [text]
    }
    let (whole, mark) = fromEnd ? (text.reversed(), separator.reversed()) : (text, separator)
    var pieces: [[Unicode.Scalar]] = [[]]
    var index = 0
    while index < whole.count {
      if most < 0 || pieces.count <= most, whole[index...].starts(with: mark) {
        pieces.append([])
        index += mark.count
      } else {
        pieces[pieces.count - 1].append(whole[index])
        index += 1
      }
    }
    return fromEnd ? pieces.reversed().map { $0.reversed() } : pieces
  }
}
