// Where a network's shape is declared: config.json, or the metadata of a GGUF.

import Base
import Formats

extension DeclaredShape {
  private static let configBytesMax = 4 << 20

  /// What the metadata of a GGUF declare.
  static func metadata(_ model: OpenModel) -> Declaration {
    let metadata = model.ggufMetadata
    let family = metadata["general.architecture"]?.text ?? ""
    let counts = HeadCounts(metadata: metadata, architecture: family)
    let (headCount, keyHeadCount) = counts.uniform
    return Declaration(
      family: family,
      container: TensorFamily.of(architecture: family, names: model.tensors.lazy.map(\.name))?.gguf,
      headCount: headCount, keyHeadCount: keyHeadCount, headCounts: counts,
      expertGroups: metadata[ByteName("\(family).expert_group_count")]?.int)
  }

  /// What config.json declares; nil if there is none that can be read.
  static func configuration(_ model: OpenModel) -> Declaration? {
    guard let path = model.location(beside: "config.json"),
      let bytes = try? FileSystem.read(path, limitBytes: configBytesMax),
      let whole = try? JSON.parse(bytes)
    else { return nil }
    let config = whole["text_config"] ?? whole
    let family = config["model_type"]?.string ?? ""
    return Declaration(
      family: family, container: TensorFamily.of(modelType: family)?.huggingFace,
      headCount: (config["num_attention_heads"] ?? config["n_head"])?.int,
      keyHeadCount: config["num_key_value_heads"]?.int,
      isSloped: config["alibi"]?.bool == true || config["attn_config"]?["alibi"]?.bool == true,
      expertGroups: config["n_group"]?.int)
  }
}
