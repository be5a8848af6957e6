// The words of a Keras configuration that is no strict JSON: each string, escapes resolved, beside
// the key it stands under.

import Base

enum KerasWords {
  private static let findingsMax = 16

  static func findings(in text: [UInt8], place: String) -> [Finding] {
    var findings: [Finding] = []
    var previous: [String] = []
    var layer: String?
    var reader = WordReader(text)
    while let word = reader.next(), findings.count < findingsMax {
      let key = previous.last
      if key == "name" { layer = word }
      var id: String?
      if key == "class_name", word == "Lambda" || word == "__lambda__" { id = "keras.lambda" }
      if key == "class_name", word == "TorchModuleWrapper" { id = "keras.class" }
      if key == "module", !isOwn(word) { id = "keras.class" }
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

/// The strings between quotes, one after the other.
private struct WordReader {
  private let text: [UInt8]
  private var place = 0

  init(_ text: [UInt8]) { self.text = text }

  mutating func next() -> String? {
    while place < text.count, text[place] != UInt8(ascii: "\"") { place += 1 }
    guard place < text.count else { return nil }
    place += 1
    var word: [UInt8] = []
    while place < text.count, text[place] != UInt8(ascii: "\"") {
      if text[place] == UInt8(ascii: "\\"), place + 1 < text.count {
        if text[place + 1] == UInt8(ascii: "u"), place + 6 <= text.count,
          let code = UInt32(
            String(decoding: text[place + 2..<place + 6], as: UTF8.self), radix: 16),
          let scalar = Unicode.Scalar(code)
        {
          word += Array(String(scalar).utf8)
          place += 6
          continue
        }
        place += 1
      }
      word.append(text[place])
      place += 1
    }
    place += 1
    return String(decoding: word, as: UTF8.self)
  }
}
