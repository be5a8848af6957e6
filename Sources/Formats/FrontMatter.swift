// The block between two lines of `---` on top of a README: where it is, and its values.
//
// A subset of YAML 1.2 (https://yaml.org/spec/1.2.2/): block and flow mappings and sequences,
// plain, quoted and block scalars, comments, anchors with aliases on a budget, merge keys.
// Refused, with the line: duplicate keys, tags, complex keys, tabs as indentation, more than
// `valueCountMax` values once aliases are expanded, nesting beyond `depthMax`.
// Scalars stay text; only null is told apart. Reading is total. FrontMatter+Block reads blocks,
// FrontMatter+Scalar scalars, FrontMatter+Flow the forms in brackets.

import Base

/// A value of the front matter.
public indirect enum FrontMatterValue: Equatable, Sendable {
  case null
  case text(String)
  case list([FrontMatterValue])
  case map([Member])

  public struct Member: Equatable, Sendable {
    public let key: String
    public let value: FrontMatterValue
  }

  /// The member of a mapping.
  public subscript(key: String) -> FrontMatterValue? {
    guard case .map(let members) = self else { return nil }
    return members.first { ByteName($0.key) == ByteName(key) }?.value
  }

  public var text: String? { if case .text(let value) = self { value } else { nil } }

  /// A text, or the texts of a list of texts; nil for anything else.
  public var texts: [String]? {
    switch self {
    case .text(let value): [value]
    case .list(let values):
      values.allSatisfy { $0.text != nil } ? values.compactMap(\.text) : nil
    case .null, .map: nil
    }
  }

  /// How many values it holds, itself included, aliases expanded.
  var count: Int {
    switch self {
    case .null, .text: 1
    case .list(let values): values.reduce(1) { $0 &+ $1.count }
    case .map(let members): members.reduce(1) { $0 &+ $1.value.count }
    }
  }
}

/// Reads front matter.
public enum FrontMatter {
  static let byteCountMax = 1 << 20
  static let depthMax = 32
  static let valueCountMax = 20_000
  /// What aliases may add; real cards use one or two.
  static let aliasedValueCountMax = 500

  /// The front matter and the text below it. Without front matter the value is nil.
  public static func read(
    _ bytes: [UInt8]
  ) throws(Problem) -> (value: FrontMatterValue?, body: [UInt8]) {
    var start = 0
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
    var lines: [FrontMatterLine] = []
    var place = start
    var number = 0
    while place < bytes.count {
      let end = bytes[place...].firstIndex(of: 0x0A) ?? bytes.count
      var line = Array(bytes[place..<end])
      if line.last == 0x0D { line.removeLast() }
      place = min(bytes.count, end + 1)
      number += 1
      if number == 1 {
        guard line.elementsEqual(fence) else { return (nil, Array(bytes[start...])) }
      } else if line.elementsEqual(fence) {
        var reader = FrontMatterReader(lines: lines)
        return (try reader.document(), Array(bytes[place...]))
      } else {
        guard place <= byteCountMax else {
          throw FrontMatterReader.problem(number, "the front matter is longer than 1 MiB")
        }
        lines.append(FrontMatterLine(number: number, bytes: line))
      }
    }
    return (nil, Array(bytes[start...]))
  }

  private static let fence = Array("---".utf8)
}

struct FrontMatterLine {
  let number: Int
  let bytes: [UInt8]

  /// Leading blanks.
  var indent: Int { bytes.prefix { $0 == 0x20 }.count }

  /// Nothing, or only a comment.
  var isBlank: Bool {
    guard let first = bytes.first(where: { $0 != 0x20 && $0 != 0x09 }) else { return true }
    return first == 0x23
  }
}
