// `assay inspect dequantize`: one tensor as the float32 values that the arithmetic sees.

import Base
import Formats
import Inference

let inspectDequantizeCommand = Command(
  path: ["inspect", "dequantize"],
  summary: "Write a tensor as float32",
  discussion: """
    Writes the values as float32, little-endian, row-major. Of a checkpoint packed by GPTQ, AWQ or
    block-scaled FP8 (told by the config.json beside it) a layer is named without its suffix, and
    its [out, in] matrix is written. Exit 4 if the type cannot be decoded, 2 if there is no such
    tensor.
    """,
  positionals: [Positional("FILE", "a model file or directory")],
  options: [
    .value("--tensor", "NAME", "the tensor's name", required: true),
    .value("--out", "FILE", "where to write the values", required: true),
    .json,
  ] + Option.modelChoice,
  examples: [
    Example(
      "assay inspect dequantize m.gguf --tensor output.weight --out w.f32",
      "writes the output matrix as float32")
  ]
) { invocation in
  let model = try OpenModel.open(try invocation.model(), run: try invocation.run())
  let name = ByteName(invocation.value("--tensor") ?? "")
  let out = invocation.value("--out") ?? ""
  let tensor = try DequantizedTensor(name, in: model)
  let count = tensor.shape.reduce(1, *)
  try DurableFile.replace(out) { (write) throws(Problem) in
    try tensor.forEachRun { (run) throws(Problem) in try unsafe write(run.bytes) }
  }
  if invocation.flag("--json") {
    invocation.output.json([
      "tensor": .string(name.text), "stored_as": .string(tensor.storedAs),
      "shape": .array(tensor.shape.map { JSON($0) }), "values": JSON(count), "out": .string(out),
    ])
  } else {
    invocation.output.line("\(name): \(count) values of \(tensor.storedAs) as float32 in \(out)")
  }
  return .yes
}
