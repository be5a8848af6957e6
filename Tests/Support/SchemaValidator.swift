// A validator for the keywords of JSON Schema 2020-12 that the schemas of this repository use. A
// keyword that it does not know is a fault of the schema: what is not looked at proves nothing.

import Base
import Foundation

/// One schema document.
public struct SchemaValidator {
  private let root: JSON

  public init(_ schema: JSON) { root = schema }

  /// The schema of a kind of statement, or another file of `Ledger/schema`.
  public init(ledger name: String, beside file: String = #filePath) throws {
    let tests = FileSystem.directoryName(FileSystem.directoryName(file))
    let bytes = try FileSystem.read(
      "\(tests)/../Ledger/schema/\(name).schema.json", limitBytes: 1 << 18)
    self.init(try JSON.parse(bytes))
  }

  /// What is wrong, each fault with its JSON pointer; empty: it validates.
  public func faults(_ value: JSON) -> [String] { faults(value, root, "") }

  private static let silent: Set<String> = ["$schema", "$id", "$defs", "title", "description"]

  private func faults(_ value: JSON, _ schema: JSON, _ place: String) -> [String] {
    guard let keywords = schema.object else { return ["\(place): the schema is no object"] }
    var found: [String] = []
    for (keyword, argument) in keywords where !Self.silent.contains(keyword) {
      found += faults(value, keyword, argument, place)
    }
    return found
  }

  private func faults(
    _ value: JSON, _ keyword: String, _ argument: JSON, _ place: String
  ) -> [String] {
    func fault(_ isFine: Bool) -> [String] {
      isFine ? [] : ["\(place): \(keyword) \(argument.canonicalText)"]
    }
    func matching(_ schemas: JSON) -> Int {
      (schemas.array ?? []).count { faults(value, $0, place).isEmpty }
    }
    switch keyword {
    case "type":
      let types = argument.array?.compactMap(\.string) ?? [argument.string ?? ""]
      return fault(types.contains { Self.isType(value, $0) })
    case "const": return fault(value == argument)
    case "enum": return fault(argument.array?.contains(value) == true)
    case "$ref": return faults(value, referred(argument), place)
    case "anyOf": return fault(matching(argument) > 0)
    case "oneOf": return fault(matching(argument) == 1)
    case "required":
      guard let object = value.object else { return [] }
      return fault((argument.array ?? []).allSatisfy { object[$0.string ?? ""] != nil })
    case "properties":
      guard let object = value.object else { return [] }
      return (argument.object ?? [:]).flatMap { key, schema in
        object[key].map { faults($0, schema, "\(place)/\(key)") } ?? []
      }
    case "additionalProperties":
      return (value.object ?? [:]).flatMap { faults($0.1, argument, "\(place)/\($0.0)") }
    case "items":
      return (value.array ?? []).enumerated().flatMap {
        faults($1, argument, "\(place)/\($0)")
      }
    case "minItems": return fault(value.array.map { $0.count >= argument.int ?? 0 } ?? true)
    case "maxItems": return fault(value.array.map { $0.count <= argument.int ?? 0 } ?? true)
    case "minProperties": return fault(value.object.map { $0.count >= argument.int ?? 0 } ?? true)
    case "minLength": return fault(value.string.map { $0.count >= argument.int ?? 0 } ?? true)
    case "minimum": return fault(value.double.map { $0 >= argument.double ?? 0 } ?? true)
    case "maximum": return fault(value.double.map { $0 <= argument.double ?? 0 } ?? true)
    case "exclusiveMinimum": return fault(value.double.map { $0 > argument.double ?? 0 } ?? true)
    case "pattern":
      guard let text = value.string, let pattern = argument.string else { return [] }
      return fault(text.range(of: pattern, options: .regularExpression) != nil)
    case "format":
      guard let text = value.string else { return [] }
      switch argument.string {
      case "date": return fault(CalendarDay(text) != nil)
      case "date-time": return fault(Instant(rfc3339: text) != nil)
      default: return ["\(place): the format \(argument.canonicalText) is not known here"]
      }
    default: return ["\(place): the keyword \(keyword) is not known here"]
    }
  }

  private func referred(_ reference: JSON) -> JSON {
    let parts = (reference.string ?? "").split(separator: "/").dropFirst()
    return parts.reduce(root) { $0[String($1)] ?? .null }
  }

  private static func isType(_ value: JSON, _ type: String) -> Bool {
    switch type {
    case "object": value.object != nil
    case "array": value.array != nil
    case "string": value.string != nil
    case "integer": value.int != nil
    case "number": value.double != nil
    case "boolean": value.bool != nil
    case "null": value.isNull
    default: false
    }
  }
}
