// The tokens that end a text, as the model's own configuration names them.
//
// `eos_token_id` of config.json (a number or a list), `tokenizer.ggml.eos_token_id` of GGUF.

import Base
import Formats

extension TransformerModel {
  /// Tokens after which generation stops; empty if the configuration names none.
  public func endTokens() throws(Problem) -> Set<Int32> {
    var numbers: [Int] = []
    if model.format == .gguf {
      numbers = model.ggufMetadata["tokenizer.ggml.eos_token_id"]?.int.map { [$0] } ?? []
    } else if let config = try ModelConfig.read(of: model) {
      switch config.settings["eos_token_id"] {
      case .array(let list)?: numbers = list.compactMap(\.int)
      case let value?: numbers = value.int.map { [$0] } ?? []
      case nil: break
      }
    }
    return Set(numbers.compactMap { Int32(exactly: $0) }.filter { $0 >= 0 })
  }
}
