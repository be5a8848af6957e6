// Every document that differs from one by a single member: dropped, or of another form. For the law
// that a reader passes over nothing.

import Base

/// A document with one member changed.
public struct JSONChange: Sendable {
  /// JSON pointer of the member.
  public let place: String
  public let isDrop: Bool
  public let json: JSON

  /// All changes of a document, the innermost members first.
  public static func all(of json: JSON) -> [JSONChange] { changes(json, "") }

  private static func changes(_ json: JSON, _ place: String) -> [JSONChange] {
    var found: [JSONChange] = []
    switch json {
    case .object(let object):
      for (key, value) in object {
        let inner = "\(place)/\(key)"
        func with(_ value: JSON?) -> JSON {
          var other = object
          other[key] = value
          return .object(other)
        }
        found += changes(value, inner).map {
          JSONChange(place: $0.place, isDrop: $0.isDrop, json: with($0.json))
        }
        found.append(JSONChange(place: inner, isDrop: true, json: with(nil)))
        found.append(JSONChange(place: inner, isDrop: false, json: with(turned(value))))
      }
    case .array(let list):
      for (index, value) in list.enumerated() {
        let inner = "\(place)/\(index)"
        func with(_ value: JSON) -> JSON {
          var other = list
          other[index] = value
          return .array(other)
        }
        found += changes(value, inner).map {
          JSONChange(place: $0.place, isDrop: $0.isDrop, json: with($0.json))
        }
        var shorter = list
        shorter.remove(at: index)
        found.append(JSONChange(place: inner, isDrop: true, json: .array(shorter)))
        found.append(JSONChange(place: inner, isDrop: false, json: with(turned(value))))
      }
    default: break
    }
    return found
  }

  /// A value of another form.
  private static func turned(_ value: JSON) -> JSON {
    switch value {
    case .string: 7.5
    case .null: ["turned": 7.5]
    default: "turned"
    }
  }
}
