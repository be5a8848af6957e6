// Where a network's shape is declared: config.json, or the metadata of a GGUF.

import Base
import Formats

extension DeclaredShape.Declaration {
  private static let configBytesMax = 4 << 20

  init(metadata model: OpenModel) {
    family = model.ggufMetadata["general.architecture"]?.text ?? ""
    container = TensorFamily.of(architecture: family)?.gguf
    let counts = HeadCounts(metadata: model.ggufMetadata, architecture: family)
    (headCount, keyHeadCount) = counts.uniform
    headCounts = counts
    expertGroups = model.ggufMetadata[ByteName("\(family).expert_group_count")]?.int
  }

  /// Nil if there is no configuration that can be read.
  init?(file model: OpenModel) {
    let path = FileSystem.join(model.directory, "config.json")
    guard let bytes = try? FileSystem.read(path, limitBytes: Self.configBytesMax),
      let whole = try? JSON.parse(bytes)
    else { return nil }
    let config = whole["text_config"] ?? whole
    family = config["model_type"]?.string ?? ""
    container = TensorFamily.of(modelType: family)?.huggingFace
    headCount = (config["num_attention_heads"] ?? config["n_head"])?.int
    keyHeadCount = config["num_key_value_heads"]?.int
    isSloped = config["alibi"]?.bool == true || config["attn_config"]?["alibi"]?.bool == true
    expertGroups = config["n_group"]?.int
  }
}
