// One walk over the tree of a Keras configuration.
//
// Source: `keras.saving.deserialize_keras_object`: a node with a module that is not Keras' own is
// imported and called; `__lambda__` is unmarshalled; a class without a module is looked up among
// Keras' own and what the caller supplies.

import Base

struct KerasWalk {
  private let place: String
  private(set) var findings: [Finding] = []

  private static let findingsMax = 64
  private static let depthMax = 512
  /// Packages of the Keras project.
  private static let packages: Set<String> = [
    "keras", "tf_keras", "keras_core", "keras_nlp", "keras_cv", "keras_hub", "keras_tuner",
  ]
  /// What Keras itself has that reaches beyond a model.
  private static let reaching: Set<String> = [
    "TorchModuleWrapper", "enable_unsafe_deserialization", "get_file", "load_model",
    "load_weights", "func_load", "deserialize_keras_object", "import_module",
  ]
  /// Types of Python that are written as nodes.
  private static let plainTypes: Set<String> = [
    "bool", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "range", "set",
    "slice", "str", "tuple", "NoneType", "type",
  ]

  init(place: String) { self.place = place }

  mutating func visit(_ value: JSON, layer: String?, depth: Int) {
    guard findings.count < Self.findingsMax, depth < Self.depthMax else { return }
    if let items = value.array {
      for item in items { visit(item, layer: layer, depth: depth + 1) }
    } else if let object = value.object {
      var layer = layer
      if let name = object["config"]?["name"]?.string { layer = name }
      if let className = object["class_name"]?.string { judge(object, className, layer) }
      for (_, member) in object { visit(member, layer: layer, depth: depth + 1) }
    }
  }

  // MARK: Nodes

  private mutating func judge(_ node: JSONObject, _ className: String, _ layer: String?) {
    let module = node["module"]?.string
    switch className {
    case "__lambda__":
      report(
        "keras.lambda", layer,
        "a `__lambda__` carries Python code that runs when the model is loaded")
    case "Lambda" where module.map(Self.isOwn) ?? true: judgeLambda(node, layer)
    case "TFOpLambda", "TensorFlowOpLayer", "SlicingOpLambda":
      judgeOperation(node, className, layer)
    default:
      // A function is named by its configuration, a class by its class.
      let isFunction = className == "function"
      let name = isFunction ? node["config"]?.string ?? "?" : className
      judge(module: module, name: name, isFunction: isFunction, layer)
    }
  }

  private mutating func judge(module: String?, name: String, isFunction: Bool, _ layer: String?) {
    if Self.reaching.contains(name), module.map(Self.isOwn) ?? true {
      report(
        "keras.class", layer, "`\(name)`\(from(module)) is named, which reaches beyond the model")
      return
    }
    guard let module, !Self.isOwn(module) else { return }
    if module == "builtins" {
      if !isFunction, Self.plainTypes.contains(name) { return }
      guard PythonBuiltins.contains(name) || !isFunction else {
        // A function of whoever saved the model; nothing of that name can be imported.
        report(
          "keras.class", layer,
          "the function `\(name)` is not part of Keras: whoever loads the model must supply it",
          .warning)
        return
      }
    }
    if module.hasPrefix("tensorflow."), name.hasSuffix("Spec") { return }
    report(
      "keras.class", layer,
      "loading the model imports the module `\(module)` and calls `\(name)` in it, which is not "
        + "Keras' own")
  }

  private static func isOwn(_ module: String) -> Bool {
    let parts = module.split(separator: ".", omittingEmptySubsequences: false)
    if parts.first.map({ packages.contains(String($0)) }) == true { return true }
    return module == "tensorflow.keras" || module.hasPrefix("tensorflow.keras.")
      || module == "tensorflow.python.keras" || module.hasPrefix("tensorflow.python.keras.")
  }

  private mutating func judgeLambda(_ node: JSONObject, _ layer: String?) {
    let config = node["config"]
    for part in ["function", "output_shape", "mask"] {
      guard let value = config?[part], !value.isNull else { continue }
      let type = config?["\(part)_type"]?.string
      // Code is a list that begins with marshalled bytes, or a node that is judged by itself.
      let isCode = value.array?.first?.string != nil || type == "lambda"
      if isCode {
        report(
          "keras.lambda", layer,
          "a Lambda layer carries Python code that runs when the model is loaded")
        return
      }
      if value["class_name"]?.string == "__lambda__" { return }
      if let name = value.string, part == "function" {
        let module = config?["module"]?.string
        report(
          "keras.lambda", layer,
          "a Lambda layer calls the function `\(name)`\(from(module)), which is not in the file",
          .warning)
        return
      }
    }
    if config?["function"] == nil {
      report("keras.lambda", layer, "a Lambda layer names no function that can be judged", .warning)
    }
  }

  /// Layers that call an operation of TensorFlow by its name.
  private mutating func judgeOperation(_ node: JSONObject, _ className: String, _ layer: String?) {
    let texts = [node["config"]?["function"], node["config"]?["node_def"], node["name"]]
    for text in texts.compactMap({ $0?.string }) {
      let small = text.lowercased().filter { $0 != "_" }
      guard
        ["pyfunc", "numpyfunction", "writefile", "loadoplibrary", "loadlibrary"]
          .contains(where: { small.contains($0) })
      else { continue }
      report(
        "keras.class", layer,
        "a layer of class \(className) calls `\(text.prefix(80))`, which runs code or writes files")
      return
    }
  }

  // MARK: Words

  private func from(_ module: String?) -> String { module.map { " of `\($0)`" } ?? "" }

  private mutating func report(
    _ id: String, _ layer: String?, _ message: String, _ severity: Severity = .error
  ) {
    let finding = Finding(
      id: id, severity: severity,
      message: layer.map { "layer \(ByteName($0).quoted): \(message)" } ?? message, place: place)
    if !findings.contains(finding) { findings.append(finding) }
  }
}
