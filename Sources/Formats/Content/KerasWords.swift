// The words of a Keras configuration that is no strict JSON: each string, escapes resolved, beside
// the key it stands under.

import Base

enum KerasWords {
  private static let findingsMax = 16

  static func findings(in text: [UInt8], place: String) -> [Finding] {
    var findings: [Finding] = []
    var previous: [String] = []
    var layer: String?
    // Only nodes of Keras 3 are imported by their module.
    let hasModules = unsafe text.span.bytes.contains("registered_name")
    var reader = JSONWords(text)
    while let word = reader.next(), findings.count < findingsMax {
      let key = previous.last
      if key == "name" { layer = word }
      var id: String?
      if key == "class_name", word == "Lambda" || word == "__lambda__" { id = "keras.lambda" }
      if key == "class_name", word == "TorchModuleWrapper" { id = "keras.class" }
      if key == "module", hasModules, !isOwn(word) { id = "keras.class" }
      if let id {
        let at = layer.map { " near \(ByteName($0).quoted)" } ?? ""
        findings.append(
          Finding(
            id: id, severity: .error,
            message: "the model's configuration names `\(word.prefix(80))`\(at), which runs code "
              + "when the model is loaded",
            place: place))
      }
      previous = [word]
    }
    return findings
  }

  private static func isOwn(_ module: String) -> Bool {
    let first = module.split(separator: ".").first.map(String.init) ?? ""
    return ["keras", "tf_keras", "tensorflow", "keras_nlp", "keras_hub", "keras_cv", "__main__"]
      .contains(first)
  }
}
