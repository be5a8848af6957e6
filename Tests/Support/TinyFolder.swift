// A model's folder for tests of the gate: one seeded tensor, a configuration, a card and whatever
// else the test wants to be there. With its defaults it is a model that nothing stands against.

import Base

/// What stands in the folder of a model.
public struct TinyFolder: Sendable {
  /// Lines of the card's front matter; nil: there is no card.
  public var card: String? = "license: mit"
  /// Other files by name.
  public var files: [String: [UInt8]] = ["LICENSE": Array(TinyLicences.mit.utf8)]
  /// Of the values of the tensor; models of one seed have the same tensors.
  public var seed: UInt64

  public init(seed: UInt64 = 1) { self.seed = seed }

  /// A model under this licence, by its card alone.
  public static func declared(_ licence: String, seed: UInt64) -> TinyFolder {
    var folder = TinyFolder(seed: seed)
    folder.card = "license: \(licence)"
    folder.files = [:]
    return folder
  }

  /// Changes it.
  public func with(_ change: (inout TinyFolder) -> Void) -> TinyFolder {
    var copy = self
    change(&copy)
    return copy
  }

  /// Its files by name.
  public var contents: [String: [UInt8]] {
    var all = files
    var random = CounterRandom(seed: seed, stream: 7)
    let values = (0..<64).map { _ in Float(random.uniform()) - 0.5 }
    all["model.safetensors"] = TinyModels.safetensors(
      [TinyTensor("model.embed_tokens.weight", [8, 8], f32: values)], metadata: ["format": "pt"])
    if all["config.json"] == nil {
      let configuration: JSON = [
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 8,
        "vocab_size": 8, "num_hidden_layers": 0,
      ]
      all["config.json"] = configuration.canonicalBytes
    }
    if let card { all["README.md"] = Array("---\n\(card)\nlanguage: en\n---\n# A model\n".utf8) }
    return all
  }

  /// A pickle that calls `os.system` when it is loaded, protocol 2.
  public static let unsafePickle: [UInt8] =
    [0x80, 2] + Array("cposix\nsystem\n".utf8) + [0x58] + littleEndian(UInt32(4))
    + Array("true".utf8) + [0x85, 0x52, 0x2E]
}

/// Texts of licences.
public enum TinyLicences {
  public static let mit = """
    MIT License

    Copyright (c) 2023 Example

    Permission is hereby granted, free of charge, to any person obtaining a copy of this software
    and associated documentation files (the "Software"), to deal in the Software without
    restriction, including without limitation the rights to use, copy, modify, merge, publish,
    distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
    Software is furnished to do so, subject to the following conditions:

    The above copyright notice and this permission notice shall be included in all copies or
    substantial portions of the Software.

    THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING
    BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
    NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
    DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
    OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

    """

  public static let isc = """
    ISC License

    Copyright (c) 2024 Example

    Permission to use, copy, modify, and/or distribute this software for any purpose with or
    without fee is hereby granted, provided that the above copyright notice and this permission
    notice appear in all copies.

    THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS
    SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL
    THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY
    DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF
    CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE
    OR PERFORMANCE OF THIS SOFTWARE.

    """

  /// A licence that nobody knows.
  public static let own = """
    Acme Model Licence, version 1.0

    1. Grant. The licensor gives you a worldwide, non-exclusive right to use, copy, change and pass
    on the weights that carry this licence, under the conditions below.

    2. Notice. Every copy of the weights, changed or not, must come with this text.

    3. Sundays. You must not use the weights on a Sunday.

    4. No warranty. The weights are given as they are. The licensor is not liable for any damage
    that comes from their use.

    """

  /// The text of the MIT licence with a clause that nobody granted.
  public static let changedMIT = mit.replacing("sell copies", with: "sell copies to charities")
}

/// Facts about one who asks, with which a clean model is allowed under the shipped pack.
public enum TinyProfiles {
  /// `Tests/Models/profile.json`, with facts put in place of its own; null takes one away.
  public static func full(
    _ facts: JSONObject = [:], request: JSONObject = [:], beside file: String = #filePath
  ) throws -> JSON {
    let tests = FileSystem.directoryName(FileSystem.directoryName(file))
    let bytes = try FileSystem.read("\(tests)/Models/profile.json", limitBytes: 1 << 16)
    var profile = try JSON.parse(bytes).object ?? [:]
    for (section, changes) in [("facts", facts), ("request", request)] {
      var object = profile[section]?.object ?? [:]
      for (key, value) in changes { object[key] = value.isNull ? JSON?.none : value }
      profile[section] = .object(object)
    }
    return .object(profile)
  }
}

extension TemporaryFolder {
  /// Writes a model's folder and gives its path.
  @discardableResult
  public func write(_ name: String, _ folder: TinyFolder) throws -> String {
    for (file, bytes) in folder.contents { try write("\(name)/\(file)", bytes) }
    return FileSystem.join(path, name)
  }
}
