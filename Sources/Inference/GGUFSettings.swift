// The metadata of a GGUF file as settings of its architecture.
//
// Keys: "GGUF specification" of ggml, section "Standardized key-value pairs". The value of
// `general.architecture` names the family and prefixes the rest. Promises: a value of the wrong
// type is a `Problem` that names the key.

import Base
import Formats

/// Settings under the prefix of the file's architecture.
struct GGUFSettings: Sendable {
  let architecture: String
  let place: String
  private let metadata: [ByteName: GGUFValue]

  init(_ model: OpenModel) throws(Problem) {
    metadata = model.ggufMetadata
    place = model.path
    guard let name = metadata["general.architecture"]?.text else {
      throw Problem(
        .malformed, "malformed_config", place: "\(model.path): general.architecture",
        reason: "the file does not say what architecture it is",
        remedy: "convert the model again with a current converter")
    }
    architecture = name
  }

  func value(_ key: String) -> GGUFValue? { metadata[ByteName("\(architecture).\(key)")] }

  func integer(_ key: String) throws(Problem) -> Int? {
    guard let value = value(key) else { return nil }
    guard let number = value.int else { throw wrong(key, "a whole number") }
    return number
  }

  func needInteger(_ key: String) throws(Problem) -> Int {
    guard let number = try integer(key) else { throw wrong(key, "a whole number") }
    return number
  }

  func number(_ key: String) throws(Problem) -> Double? {
    guard let value = value(key) else { return nil }
    guard let number = value.double, number.isFinite else { throw wrong(key, "a number") }
    return number
  }

  func text(_ key: String) throws(Problem) -> String? {
    guard let value = value(key) else { return nil }
    guard let text = value.text else { throw wrong(key, "a string") }
    return text
  }

  func flag(_ key: String) throws(Problem) -> Bool? {
    guard let value = value(key) else { return nil }
    guard let flag = value.bool else { throw wrong(key, "true or false") }
    return flag
  }

  /// A number that may be stored once for each layer; throws if layers differ.
  func uniformInteger(_ key: String) throws(Problem) -> Int? {
    guard let array = value(key)?.array else { return try integer(key) }
    guard let numbers = array.integers, let first = numbers.first else {
      throw wrong(key, "whole numbers")
    }
    guard numbers.allSatisfy({ $0 == first }) else {
      throw Problem(
        .malformed, "unsupported_architecture", place: "\(place): \(architecture).\(key)",
        reason: "layers of different shapes cannot be computed",
        remedy: "use a model whose layers are alike")
    }
    return first
  }

  func wrong(_ key: String, _ expected: String) -> Problem {
    Problem(
      .malformed, "malformed_config", place: "\(place): \(architecture).\(key)",
      reason: "expected \(expected)", remedy: "convert the model again with a current converter")
  }
}
