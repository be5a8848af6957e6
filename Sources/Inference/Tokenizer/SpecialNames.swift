// Which tokens begin and end a text, from a model's tokenizer_config.json.
//
// Format: https://huggingface.co/docs/transformers/main_classes/tokenizer; a name is a string or an
// object with "content". A missing file or member means that the model does not say.

import Base
import Formats

struct SpecialNames {
  private(set) var begin: [UInt8]?
  private(set) var end: [UInt8]?
  /// Whether the model wants them around a text; false if it does not say.
  private(set) var addsBegin = false
  private(set) var addsEnd = false

  static let fileName = "tokenizer_config.json"
  static let bytesMax = 16 << 20

  /// Of the model that was found; nothing is said where it has no such file.
  init(of model: ModelLocation, _ run: Run) throws(Problem) {
    guard let path = model.location(beside: Self.fileName) else { return }
    let bytes = try FileSystem.read(path, limitBytes: Self.bytesMax)
    let document = try JSON.parse(bytes, file: path, run: run)
    begin = Self.name(document["bos_token"])
    end = Self.name(document["eos_token"])
    addsBegin = document["add_bos_token"]?.bool ?? false
    addsEnd = document["add_eos_token"]?.bool ?? false
  }

  private static func name(_ value: JSON?) -> [UInt8]? {
    (value?.string ?? value?["content"]?.string).map { Array($0.utf8) }
  }
}
