// Which names a pickle may import without being dangerous, by who loads it.
//
// What torch's own loader takes is decided by `PickleMachine`. Two kinds of files need more: what
// training leaves behind, which no loader of the model reads, and TorchScript, whose unpickler is
// not Python's and knows its own names alone.

import Base

enum PickleAllowance {
  case tensors, training, torchScript

  /// What a file may import, by its name: a trainer writes these names and no others.
  init(file place: ContentPlace) {
    self = Self.isFromTraining(place.lowerName) ? .training : .tensors
  }

  static func isFromTraining(_ name: String) -> Bool {
    if name == "training_args.bin" || name == ".metadata" { return true }
    if name.hasPrefix("rng_state") { return name.hasSuffix(".pth") }
    guard name.hasPrefix("optimizer") || name == "scheduler.pt" || name == "scheduler.bin" else {
      return false
    }
    return name.hasSuffix(".pt") || name.hasSuffix(".bin")
  }

  func allows(_ global: PickleGlobal) -> Bool {
    switch self {
    case .tensors: global.isAllowed
    case .training: global.isAllowed || Self.trains(global)
    case .torchScript:
      global.isAllowed || global.module == "__torch__" || global.module.hasPrefix("__torch__.")
        || global.module == "torch.jit._pickle" || Self.scriptNames.contains(global.text)
    }
  }

  private static let scriptNames: Set<String> = [
    "torch.device", "torch._utils._rebuild_qtensor", "torch.per_tensor_affine",
    "torch.per_channel_affine", "torch._utils._rebuild_sparse_tensor",
    "torch._utils._rebuild_meta_tensor_no_storage",
  ]

  /// Classes and plain functions of libraries of training. A name with a dot would reach through
  /// an attribute into anything that the module imports, and is refused.
  private static func trains(_ global: PickleGlobal) -> Bool {
    let module = global.module.text
    let name = global.name.text
    guard !name.contains("."), !name.hasPrefix("__"), global.module.bytes.allSatisfy({ $0 < 0x80 })
    else { return false }
    if plainNames.contains("\(module).\(name)") { return true }
    if module == "torch" { return torchTypes.contains(name) }
    if ["numpy", "numpy.core.multiarray", "numpy._core.multiarray"].contains(module) {
      return arrayMakers.contains(name)
    }
    if ["enum", "datetime", "pathlib", "collections"].contains(module) {
      return name.first?.isUppercase ?? false
        || ["datetime", "date", "timedelta", "timezone"]
          .contains(name)
        || ["defaultdict", "deque"].contains(name)
    }
    let parts = module.split(separator: ".").map(String.init)
    guard let library = parts.first,
      libraries.contains(library)
        || module.hasPrefix("torch.distributed.checkpoint")
    else { return false }
    return Set(parts).isDisjoint(with: runningModules) && !runningNames.contains(name)
      && !runningPrefixes.contains { name.hasPrefix($0) }
  }

  private static let libraries: Set<String> = [
    "transformers", "accelerate", "trl", "peft", "deepspeed", "datasets",
  ]

  /// Parts of these libraries whose purpose is to run something.
  private static let runningModules: Set<String> = [
    "dynamic_module_utils", "commands", "launchers", "launcher", "launch", "hub", "load",
    "builder", "pipelines", "testing_utils", "test_utils", "subprocess", "os", "sys", "runner",
    "multinode_runner", "op_builder", "ops", "autotuning", "nebula", "import_utils",
    "_hf_folder_compat",
  ]
  private static let runningNames: Set<String> = [
    "pipeline", "system", "popen", "exec", "eval", "getattr", "setattr", "import_module",
    "subprocess", "os", "sys", "importlib", "builtins", "partial",
  ]
  private static let runningPrefixes = [
    "load_", "run_", "exec", "launch", "from_pretrained", "get_class",
  ]

  private static let plainNames: Set<String> = [
    "argparse.Namespace", "_codecs.encode", "torch.serialization._get_layout",
    "builtins.set", "builtins.frozenset", "builtins.bytearray", "builtins.complex",
    "builtins.slice", "builtins.range", "builtins.list", "builtins.dict", "builtins.int",
    "builtins.float", "builtins.bool", "builtins.tuple", "builtins.str",
    "__builtin__.set", "__builtin__.long", "__builtin__.bytearray", "copy_reg._reconstructor",
    "copyreg._reconstructor", "builtins.object", "__builtin__.object",
  ]
  private static let arrayMakers: Set<String> = [
    "_reconstruct", "scalar", "ndarray", "dtype", "float64", "float32", "int64", "int32", "bool_",
    "uint32", "uint64", "int8", "uint8", "int16", "uint16", "float16",
  ]
  private static let torchTypes: Set<String> = [
    "device", "dtype", "strided", "Size", "Generator", "float", "double", "half", "bfloat16",
    "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16",
    "uint32", "uint64", "bool", "complex64", "complex128", "float8_e4m3fn", "float8_e5m2",
    "contiguous_format", "preserve_format", "channels_last",
  ]
}
