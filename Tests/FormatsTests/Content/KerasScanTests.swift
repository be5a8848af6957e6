import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: what a Keras configuration would call is found at any nesting and in any container, and
/// Keras' own layers are clean.
@Suite("Configurations of Keras")
struct KerasScanTests {
  static func layer(_ name: String, _ inner: JSON) -> JSON {
    [
      "class_name": "Sequential",
      "config": [
        "name": "outer",
        "layers": [
          ["class_name": "TimeDistributed", "config": ["name": .string(name), "layer": inner]]
        ],
      ],
    ]
  }

  static let lambda: JSON = [
    "class_name": "Lambda",
    "config": ["name": "squash", "function": ["4wEAAAA=", nil, nil], "function_type": "lambda"],
  ]

  func findings(_ document: JSON) -> [Finding] {
    KerasScan.findings(in: document.canonicalBytes, place: "p")
  }

  @Test("finds code in a layer, and names the layer")
  func lambda() throws {
    let finding = try #require(findings(Self.layer("wrap", Self.lambda)).first)
    #expect(finding.id == "keras.lambda" && finding.severity == .error)
    #expect(finding.message.contains("\"squash\""))
    let node: JSON = ["class_name": "__lambda__", "config": ["code": "4wEA"]]
    #expect(findings(Self.layer("wrap", ["function": node])).map(\.id) == ["keras.lambda"])
  }

  @Test(
    "finds what is not Keras' own",
    arguments: [
      ["module": "os", "class_name": "system", "config": ["command": "true"]],
      ["module": "builtins", "class_name": "function", "config": "exec"],
      ["module": "my_package.layers", "class_name": "MyLayer", "config": [:]],
      ["module": "keras.utils", "class_name": "TorchModuleWrapper", "config": [:]],
      ["module": "keras.utils", "class_name": "function", "config": "get_file"],
      ["module": "keras_evil.layers", "class_name": "Dense", "config": [:]],
      ["class_name": "TFOpLambda", "config": ["name": "x", "function": "io.write_file"]],
      [
        "class_name": "TensorFlowOpLayer",
        "config": ["name": "x", "node_def": "{\"op\": \"PyFunc\"}"],
      ],
    ] as [JSON])
  func foreign(node: JSON) {
    #expect(findings(Self.layer("wrap", node)).map(\.id) == ["keras.class"])
    #expect(findings(Self.layer("wrap", node)).map(\.severity) == [.error])
  }

  @Test(
    "lets Keras' own parts be",
    arguments: [
      [
        "module": "keras.layers", "class_name": "Dense",
        "config": ["name": "d", "activation": "relu"],
      ],
      ["module": "tensorflow.keras.layers", "class_name": "Dense", "config": ["name": "d"]],
      ["module": "keras", "class_name": "DTypePolicy", "config": ["name": "float32"]],
      ["module": "builtins", "class_name": "tuple", "config": [1, 2]],
      ["module": "keras.activations", "class_name": "function", "config": "gelu"],
      ["module": nil, "class_name": "Dense", "config": ["name": "exec"]],
      ["class_name": "TFOpLambda", "config": ["name": "x", "function": "math.multiply"]],
      ["class_name": "__tuple__", "items": [1, 2]],
    ] as [JSON])
  func own(node: JSON) {
    #expect(findings(Self.layer("wrap", node)).isEmpty)
  }

  @Test("warns of functions that whoever loads the model must supply")
  func supplied() {
    let named: JSON = [
      "class_name": "Lambda",
      "config": ["name": "l", "function": "scale", "function_type": "function"],
    ]
    #expect(findings(Self.layer("w", named)).map(\.severity) == [.warning])
    let loss: JSON = ["module": "builtins", "class_name": "function", "config": "my_loss"]
    #expect(findings(Self.layer("w", loss)).map(\.severity) == [.warning])
  }

  @Test("searches word by word what is no strict JSON, and says so")
  func loose() {
    let text = #"{"a": NaN, "class_name": "L\u0061mbda", "module": "os", "registered_name": "x"}"#
    let found = KerasScan.findings(in: Array(text.utf8), place: "p")
    #expect(Set(found.map(\.id)) == ["keras.lambda", "keras.class", "file.unread"])
    let clean = KerasScan.findings(in: Array(#"{"a": NaN, "module": "keras"}"#.utf8), place: "p")
    #expect(clean.map(\.id) == ["file.unread"])
  }

  // MARK: HDF5

  /// A file of superblock 0 whose root group has one attribute with a text of fixed length.
  static func hdf5(_ name: String, _ value: [UInt8], headerVersion: Int = 1) -> [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      Array((littleEndian(UInt64(bitPattern: Int64(value))) + littleEndian(0))[..<count])
    }
    func padded(_ bytes: [UInt8]) -> [UInt8] {
      bytes + Array(repeating: 0, count: -bytes.count & 7)
    }
    let title = Array(name.utf8) + [0]
    let type: [UInt8] = [0x13, 0, 0, 0] + number(value.count, 4)
    let space: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0]
    let sizes = number(title.count, 2) + number(type.count, 2) + number(space.count, 2)
    var file: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    if headerVersion == 1 {
      let message = padded([1, 0] + sizes + padded(title) + type + space + value)
      file += [0, 0, 0, 0, 0, 8, 8, 0, 4, 0, 16, 0, 0, 0, 0, 0]
      file += number(0, 8) + number(-1, 8) + number(4096, 8) + number(-1, 8)
      file += number(0, 8) + number(96, 8) + number(0, 8) + number(0, 16)
      file += [1, 0, 1, 0, 1, 0, 0, 0] + number(message.count + 8, 4) + [0, 0, 0, 0]
      file += [0x0C, 0] + number(message.count, 2) + [0, 0, 0, 0] + message
    } else {
      let message = [3, 0] + sizes + [0] + title + type + space + value
      file += [2, 8, 8, 0] + number(0, 8) + number(-1, 8) + number(4096, 8) + number(48, 8)
      file += [0, 0, 0, 0] + Array("OHDR".utf8) + [2, 2] + number(message.count + 4, 4)
      file += [0x0C] + number(message.count, 2) + [0] + message + [0, 0, 0, 0]
    }
    return file
  }

  @Test("reads the attribute of an HDF5 file", arguments: [1, 2])
  func attribute(version: Int) throws {
    let text = Self.lambda.canonicalText.replacing("class_name", with: #"class\u005fname"#)
    let file = Self.hdf5("model_config", Array(text.utf8), headerVersion: version)
    let read = HDF5Attributes(file.span.bytes)
    let attributes = try #require(read)
    #expect(attributes.isWhole)
    #expect(
      attributes.attributes.map { String(decoding: $0.name, as: UTF8.self) } == ["model_config"])
    let found = KerasScan.findings(inHDF5: file.span.bytes, place: "m.h5")
    #expect(found.map(\.id) == ["keras.lambda"])
    #expect(found.first?.place == "m.h5: attribute \"model_config\"")
    let open = Self.hdf5("a", [0x7B])
    let none = KerasScan.findings(inHDF5: open.span.bytes, place: "m").filter {
      $0.severity == .error
    }
    #expect(none.isEmpty)
  }

  @Test("searches an HDF5 file whose structure it does not follow")
  func searched() throws {
    var file = Self.hdf5("model_config", Array(Self.lambda.canonicalText.utf8))
    // An object header of a version that is not known.
    file[96] = 9
    let attributes = HDF5Attributes(file.span.bytes)
    #expect(attributes?.isWhole == false)
    let found = KerasScan.findings(inHDF5: file.span.bytes, place: "m.h5")
    #expect(found.map(\.id) == ["keras.lambda"])
  }

  @Test("survives any cut and any bent byte", arguments: [1, 2])
  func bent(version: Int) {
    let file = Self.hdf5("a", Array(#"{"class_name":"Lambda"}"#.utf8), headerVersion: version)
    for count in 0..<file.count {
      _ = KerasScan.findings(inHDF5: Array(file[..<count]).span.bytes, place: "m")
      for value: UInt8 in [0, 1, 0x7F, 0xFF] {
        var bent = file
        bent[count] = value
        _ = KerasScan.findings(inHDF5: bent.span.bytes, place: "m")
      }
    }
  }
}
