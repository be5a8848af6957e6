// What the header of a GGUF file says of the model, read as a card: converters copy the front
// matter of the README into it.
//
// Keys: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, "General metadata", and
// `gguf-py/gguf/metadata.py` of llama.cpp. Claims like any card's.

import Base

extension ModelCard {
  /// The card that the metadata of a GGUF file are.
  public init(gguf metadata: [ByteName: GGUFValue]) {
    self.init()
    func text(_ key: String) -> String? {
      metadata[ByteName("general." + key)]?.text.flatMap { $0.isEmpty ? nil : $0 }
    }
    licences = text("license").map { [$0] } ?? []
    licenceName = text("license.name")
    licenceLink = text("license.link")
    baseModels = Self.numbered("base_model", metadata)
    datasets =
      Self.numbered("dataset", metadata)
      + (metadata["general.datasets"]?.array?.strings ?? []).compactMap {
        String(validating: $0, as: UTF8.self)
      }
    tags = (metadata["general.tags"]?.array?.strings ?? []).compactMap {
      String(validating: $0, as: UTF8.self)
    }
    modelName = text("name")
    organisation = text("organization") ?? text("author")
  }

  /// The card of a GGUF file's header.
  public static func gguf(_ file: MappedFile) throws(Problem) -> ModelCard {
    ModelCard(gguf: try GGUF(file).metadata)
  }

  /// The ids behind `general.WORD.N.{repo_url,organization,name}`, in the order of the numbers.
  private static func numbered(_ word: String, _ metadata: [ByteName: GGUFValue]) -> [String] {
    let start = "general.\(word)."
    var numbers: Set<Int> = []
    for key in metadata.keys where key.hasPrefix(start) {
      let digits = key.bytes.dropFirst(start.utf8.count).prefix { $0 != UInt8(ascii: ".") }
      if let number = TensorNameIndex.number(digits) { numbers.insert(number) }
    }
    return numbers.sorted().compactMap { number in
      func text(_ key: String) -> String? {
        metadata[ByteName("\(start)\(number).\(key)")]?.text.flatMap { $0.isEmpty ? nil : $0 }
      }
      if let id = text("repo_url").flatMap(hubID) { return id }
      guard let name = text("name") else { return text("repo_url") }
      return text("organization").map { "\($0)/\(name)" } ?? name
    }
  }

  /// `ORG/NAME` of an address of the Hub; nil for another address.
  private static func hubID(_ address: String) -> String? {
    for host in ["huggingface.co/", "www.huggingface.co/", "hf.co/"] {
      for scheme in ["https://", "http://"] where address.hasPrefix(scheme + host) {
        let path = address.dropFirst(scheme.count + host.count)
        let parts = path.prefix { $0 != "?" && $0 != "#" }.split(separator: "/")
        guard parts.count >= 2, parts[0] != "datasets", parts[0] != "spaces" else {
          return parts.count >= 3 ? "\(parts[1])/\(parts[2])" : nil
        }
        return "\(parts[0])/\(parts[1])"
      }
    }
    return nil
  }
}
