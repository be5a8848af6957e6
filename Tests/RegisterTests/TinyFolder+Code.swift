import Base
import TestSupport

extension TinyFolder {
  /// A model whose configuration names harmless code that comes with it.
  static func loadingCode(seed: UInt64) -> TinyFolder {
    let configuration: JSON = ["model_type": "llama", "auto_map": ["AutoModel": "mine.M"]]
    return TinyFolder(seed: seed).with {
      $0.files["config.json"] = configuration.canonicalBytes
      $0.files["mine.py"] = Array("class M: pass\n".utf8)
    }
  }
}
