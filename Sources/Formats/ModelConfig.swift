// config.json of a model directory, read as the reference library reads it.
//
// Follows the configuration classes of Hugging Face transformers 5: two dialects of rotary
// settings (`rope_theta` with `rope_scaling`, or `rope_parameters`), and multimodal wrappers that
// nest the text model under `text_config`. A null and an absent key are told apart, because they
// mean different things (a null window is "off", an absent one the class default).
// Promises: a key of the wrong type is a `Problem` that names it. Does not know any architecture:
// defaults of classes are with the architectures in Inference.

import Base

/// The settings of one model.
public struct ModelConfig: Sendable {
  /// The text model's settings; of a multimodal wrapper, its `text_config`.
  public let settings: JSONObject
  /// The whole file.
  public let whole: JSONObject
  /// Where it was read, for messages.
  public let place: String

  public static let fileName = "config.json"

  /// A configuration of real models is a few kilobytes; quantised ones list modules.
  public static let byteCountMax = 16 << 20

  public init(_ whole: JSONObject, place: String) {
    self.whole = whole
    self.place = place
    settings = whole["text_config"]?.object ?? whole
  }

  /// Reads `config.json` in `directory`; nil if there is none.
  public static func read(in directory: String) throws(Problem) -> ModelConfig? {
    let path = FileSystem.join(directory, fileName)
    guard FileSystem.exists(path) else { return nil }
    return try read(file: path)
  }

  /// Reads the `config.json` that belongs to a model; nil if there is none.
  public static func read(of model: OpenModel) throws(Problem) -> ModelConfig? {
    guard let path = model.location(beside: fileName) else { return nil }
    return try read(file: path)
  }

  private static func read(file path: String) throws(Problem) -> ModelConfig {
    let bytes = try FileSystem.read(path, limitBytes: byteCountMax)
    let json: JSON
    do { json = try JSON.parse(bytes) } catch { throw error.problem(file: path) }
    guard let object = json.object else {
      throw Problem(
        .malformed, "malformed_config", place: path, reason: "this is not a JSON object",
        remedy: "use the config.json that belongs to the model")
    }
    return ModelConfig(object, place: path)
  }

  /// `model_type`, empty if it is missing.
  public var modelType: String { settings["model_type"]?.string ?? "" }

  /// Whether the key is there, be it null.
  public func has(_ key: String) -> Bool { settings[key] != nil }

  /// Whether the key is there and null.
  public func isNull(_ key: String) -> Bool { settings[key]?.isNull == true }

  /// The whole number under `key`; nil if it is absent or null.
  public func integer(_ key: String) throws(Problem) -> Int? {
    guard let value = present(key) else { return nil }
    // Some tools write 4096.0.
    guard let number = value.int ?? value.double.flatMap(Int.init(exactly:)) else {
      throw wrong(key, "a whole number")
    }
    return number
  }

  public func number(_ key: String) throws(Problem) -> Double? {
    guard let value = present(key) else { return nil }
    guard let number = value.double, number.isFinite else { throw wrong(key, "a number") }
    return number
  }

  public func flag(_ key: String) throws(Problem) -> Bool? {
    guard let value = present(key) else { return nil }
    guard let flag = value.bool else { throw wrong(key, "true or false") }
    return flag
  }

  public func text(_ key: String) throws(Problem) -> String? {
    guard let value = present(key) else { return nil }
    guard let text = value.string else { throw wrong(key, "a string") }
    return text
  }

  public func object(_ key: String) throws(Problem) -> JSONObject? {
    guard let value = present(key) else { return nil }
    guard let object = value.object else { throw wrong(key, "an object") }
    return object
  }

  public func array(_ key: String) throws(Problem) -> [JSON]? {
    guard let value = present(key) else { return nil }
    guard let array = value.array else { throw wrong(key, "a list") }
    return array
  }

  /// The same questions asked of an object inside the settings.
  public func nested(_ object: JSONObject, _ key: String) -> ModelConfig {
    ModelConfig(object, place: "\(place): \(key)")
  }

  private func present(_ key: String) -> JSON? {
    // Not `flatMap` with a ternary: `nil` there would be the JSON null literal.
    guard let value = settings[key], !value.isNull else { return .none }
    return value
  }

  private func wrong(_ key: String, _ expected: String) -> Problem {
    Problem(
      .malformed, "malformed_config", place: "\(place): \(key)", reason: "expected \(expected)",
      remedy: "use the config.json that belongs to the model")
  }
}
