// `assay inspect`: what is in a model file, without hashing it.

import Base
import Formats

let inspectCommand = Command(
  path: ["inspect"],
  summary: "List the tensors and the metadata of a model",
  discussion: """
    Reads headers only. Exit 0: listed. 1: reading it as its users would runs code. 4: malformed.
    """,
  positionals: [Positional("PATH", "a model directory, or one weight file")],
  options: [.json] + Option.modelChoice,
  examples: [
    Example("assay inspect model.gguf", "types, shapes and names, then the metadata"),
    Example("assay inspect ./model --json", "the same for programs"),
  ],
  run: runInspect)

private func runInspect(_ invocation: Invocation) throws -> ExitCode {
  let contents = try ModelContents.read(
    try invocation.model(), run: try invocation.run())
  let model = try OpenModel.require(contents)
  if invocation.flag("--json") {
    invocation.output.json(json(of: model, contents))
  } else {
    for tensor in model.tensors {
      let shape = tensor.shape.map(String.init).joined(separator: "×")
      invocation.output.columns(["\(tensor.type)", "[\(shape)]", "\(tensor.name)"])
    }
    for (key, value) in metadata(of: model) {
      invocation.output.line("\(key) = \(value.canonicalText)")
    }
  }
  return contents.findings.contains { $0.severity == .error } ? .no : .yes
}

private func json(of model: OpenModel, _ contents: ModelContents) -> JSON {
  [
    "path": .string(model.path),
    "format": .string(model.format.rawValue),
    "tensor_count": JSON(model.tensors.count),
    "tensors": .array(
      model.tensors.map { tensor in
        [
          "name": .string(tensor.name.text),
          "file": .string(model.fileNames[tensor.file]),
          "dtype": .string(tensor.type.name),
          "shape": .array(tensor.shape.map { JSON($0) }),
          "bytes": JSON(tensor.byteCount),
          "offset": JSON(tensor.offsetBytes),
        ]
      }),
    "metadata": .object(JSONObject(metadata(of: model))),
    "other_weights": JSON(contents.otherWeights),
    "findings": .array(contents.findings.map(\.json)),
  ]
}

/// The metadata, sorted by key; long arrays by their length alone.
private func metadata(of model: OpenModel) -> [(String, JSON)] {
  model.ggufMetadata.sorted { $0.key < $1.key }.map { ($0.key.text, json(of: $0.value)) }
}

private func json(of value: GGUFValue) -> JSON {
  switch value {
  case .string(let bytes):
    return String(validating: bytes, as: UTF8.self).map(JSON.string)
      ?? ["bytes_hex": .string(Hex.encode(bytes))]
  case .bool(let flag): return .bool(flag)
  case .uint64(let number): return .number(JSONNumber(number))
  case .float32, .float64: return value.double.map { JSON($0) } ?? .null
  case .array(let array):
    guard array.count <= 64, let numbers = array.floats else {
      return ["element": .string("\(array.element)"), "count": JSON(array.count)]
    }
    return .array(numbers.map { JSON(Double($0)) })
  default: return value.int.map { JSON($0) } ?? .null
  }
}
