// What a card says was done to its base, and what its files say where the card names no relation.
//
// A GGUF file is made by conversion, so the one base of its card is what it was made from. The base
// in a header is another matter: a converter copies it from the card of what it converts, so it is
// that only if both bear one name. Of packings that config.json declares those count that are put
// on a finished model; in others, such as fp8, models are also trained.

import Base
import Formats

enum DeclaredRelation {
  /// Methods that pack the weights of a model that is done.
  private static let packings: Set<String> = [
    "aqlm", "auto-round", "awq", "eetq", "exl2", "exl3", "gptq", "higgs", "hqq", "quanto", "quip",
    "spqr", "vptq",
  ]

  /// The relation of a model to each base of its card.
  static func of(_ card: ModelCard, in contents: ModelContents) -> Relation {
    switch card.baseModelRelation {
    case "adapter": return .adapter
    case "merge": return .merged
    case "quantized": return .quantized
    case "finetune": return .finetuned
    default: break
    }
    guard card.baseModels.count == 1, let base = card.baseModels.first else { return .merged }
    guard isPacked(contents) else { return .finetuned }
    return isOtherModel(card, than: base) ? .finetuned : .quantized
  }

  private static func isPacked(_ contents: ModelContents) -> Bool {
    if contents.place.headerName != nil { return true }
    guard let file = try? contents.open(ModelConfig.fileName),
      file.byteCount <= ModelConfig.byteCountMax,
      let config = try? JSON.parse(file.bytes(at: 0, count: file.byteCount) ?? [])
    else { return false }
    let method = config["quantization_config"]?["quant_method"]?.string?.lowercased()
    return method.map(packings.contains) ?? false
  }

  /// Whether a header names the base of another model than the one that it names itself.
  private static func isOtherModel(_ card: ModelCard, than base: String) -> Bool {
    guard card.hasHeaderBases, let name = card.modelName else { return false }
    let last = base.split(separator: "/").last.map(String.init) ?? base
    return letters(name) != letters(last)
  }

  /// Letters and digits alone, in lower case: "Gemma 3 270m" is "gemma-3-270m".
  private static func letters(_ name: String) -> String {
    String(name.lowercased().filter { $0.isLetter || $0.isNumber })
  }
}
