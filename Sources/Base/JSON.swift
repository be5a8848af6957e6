// JSON as a value. Reading is in JSON+Parse.swift, writing in JSON+Canonical.swift.
//
// Keys are compared as UTF-8 bytes: Swift's `String ==` is canonical equivalence, which would let
// two different keys pass for one. Numbers keep the digits they were written with.

/// A JSON document (RFC 8259).
public indirect enum JSON: Equatable, Sendable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSON])
  case object(JSONObject)
}

/// A number with its exact spelling.
public struct JSONNumber: Equatable, Sendable {
  /// As written: a valid JSON number.
  public let text: String

  public init(_ value: Int) { text = String(value) }
  public init(_ value: UInt64) { text = String(value) }
  /// A finite number in the shortest form that reads back (RFC 8785 section 3.2.2.3).
  public init(_ value: Double) { text = canonicalNumber(value) }
  init(validated text: String) { self.text = text }

  /// The value if it is an integer without fraction or exponent and fits.
  public var int: Int? { Int(text) }
  public var uint64: UInt64? { UInt64(text) }
  public var double: Double { Double(text) ?? .nan }
}

/// Members in the order they were written; a key at most once.
public struct JSONObject: Equatable, Sendable, Sequence, ExpressibleByDictionaryLiteral {
  public private(set) var members: [(key: String, value: JSON)] = []
  private var index: [ByteName: Int] = [:]

  public init() {}

  /// A key that stands twice in a literal keeps its last value.
  public init(dictionaryLiteral elements: (String, JSON)...) {
    for (key, value) in elements { self[key] = value }
  }

  public init(_ elements: some Sequence<(String, JSON)>) {
    for (key, value) in elements { self[key] = value }
  }

  /// The members that have a value. In an expression write `JSON?.none` for none: beside a `JSON`,
  /// `nil` is the null of JSON.
  public init(present elements: KeyValuePairs<String, JSON?>) {
    for (key, value) in elements { self[key] = value }
  }

  /// With the members of another object, which go before.
  public func merging(_ other: JSONObject) -> JSONObject {
    var merged = self
    for (key, value) in other { merged[key] = value }
    return merged
  }

  public var count: Int { members.count }
  public var isEmpty: Bool { members.isEmpty }
  public var keys: [String] { members.map(\.key) }

  /// The value of `key`; setting nil removes the member.
  public subscript(key: String) -> JSON? {
    get { index[ByteName(key)].map { members[$0].value } }
    set {
      let name = ByteName(key)
      switch (index[name], newValue) {
      case (let place?, let value?): members[place].value = value
      case (nil, let value?):
        index[name] = members.count
        members.append((key, value))
      case (let place?, nil):
        members.remove(at: place)
        index = [:]
        for (position, member) in members.enumerated() { index[ByteName(member.key)] = position }
      case (nil, nil): break
      }
    }
  }

  public func makeIterator() -> IndexingIterator<[(key: String, value: JSON)]> {
    members.makeIterator()
  }

  /// Equal if the same keys hold the same values, whatever the order.
  public static func == (a: JSONObject, b: JSONObject) -> Bool {
    a.count == b.count && a.members.allSatisfy { b[$0.key] == $0.value }
  }
}

// MARK: Reading a value

extension JSON {
  public subscript(key: String) -> JSON? { object?[key] }
  public subscript(position: Int) -> JSON? {
    guard let array, array.indices.contains(position) else { return nil }
    return array[position]
  }
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var number: JSONNumber? { if case .number(let value) = self { value } else { nil } }
  public var int: Int? { number?.int }
  public var double: Double? { number?.double }
  public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
  public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
  public var isNull: Bool { self == .null }
}

// MARK: Literals

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral, ExpressibleByStringInterpolation
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
  public init(floatLiteral value: Double) { self = JSON(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(JSONObject(elements.map { ($0.0, $0.1) }))
  }

  public init(_ value: Int) { self = .number(JSONNumber(value)) }
  /// JSON has no NaN and no infinity: they become null.
  public init(_ value: Double) {
    self = value.isFinite ? .number(JSONNumber(value)) : .null
  }
  public init(_ value: String?) { self = value.map(JSON.string) ?? .null }
  public init(_ values: some Sequence<String>) { self = .array(values.map(JSON.string)) }
}
