// What a pickle may import, and what calling it builds: the list of torch's own careful loader.
//
// Source: `torch/_weights_only_unpickler.py` of torch 2.15 (`_get_allowed_globals`), which runs
// nothing but the functions named here. A name of Python 2 counts as its successor, as there.
// Kinds of tensors that are allowed there and not decoded here (sparse, quantised, meta) become
// values that say so.

import Base

/// What calling an allowed name gives.
enum TorchCallable: Sendable {
  case orderedDictionary, counter, defaultDictionary, size, set
  /// Bytes, or an array of them.
  case bytes
  /// A device, a layout, a complex number: nothing a tensor could hide in.
  case plain
  /// `_rebuild_tensor`, `_v2`, `_v3`: they differ in their last arguments.
  case tensor(version: Int)
  /// A parameter, with attributes or without.
  case parameter
  /// A tensor of a subclass, or with attributes.
  case typedTensor
  /// A tensor of a kind that is not decoded.
  case unread(String)
}

extension PickleGlobal {
  /// Whether importing it is known to do nothing but build a tensor.
  var isAllowed: Bool {
    callable != nil || isStorage || isDataType || isScheme || isTensorClass
  }

  /// What calling it builds; nil if it may not be called.
  var callable: TorchCallable? { Self.callables[modern] }

  /// A plain type of Python: allowed as the factory of a `defaultdict` alone.
  var isFactory: Bool { modern.module == "builtins" && Self.factories.contains(name) }

  /// The name as Python 3 has it.
  private var modern: PickleGlobal {
    module == "__builtin__" ? PickleGlobal(module: "builtins", name: name) : self
  }

  private static let factories: Set<ByteName> = [
    "int", "float", "bool", "str", "bytes", "list", "dict", "tuple", "set",
  ]

  private static let callables: [PickleGlobal: TorchCallable] = {
    func named(_ module: ByteName, _ names: [ByteName: TorchCallable]) -> [(
      PickleGlobal, TorchCallable
    )] {
      names.map { (PickleGlobal(module: module, name: $0.key), $0.value) }
    }
    let all =
      named(
        "collections",
        ["OrderedDict": .orderedDictionary, "Counter": .counter, "defaultdict": .defaultDictionary])
      + named("builtins", ["set": .set, "bytearray": .bytes, "complex": .plain])
      + named("_codecs", ["encode": .bytes])
      + named("torch", ["Size": .size, "device": .plain])
      + named("torch.serialization", ["_get_layout": .plain])
      + named("torch._tensor", ["_rebuild_from_type_v2": .typedTensor])
      + named(
        "torch._utils",
        [
          "_rebuild_tensor": .tensor(version: 1), "_rebuild_tensor_v2": .tensor(version: 2),
          "_rebuild_tensor_v3": .tensor(version: 3), "_rebuild_parameter": .parameter,
          "_rebuild_parameter_with_state": .parameter,
          "_rebuild_sparse_tensor": .unread("a sparse tensor"),
          "_rebuild_qtensor": .unread("a quantised tensor"),
          "_rebuild_meta_tensor_no_storage": .unread("a tensor without values (meta)"),
          "_rebuild_wrapper_subclass": .unread("a tensor of a subclass"),
          "_rebuild_device_tensor_from_numpy": .unread("a tensor of a device"),
          "_rebuild_device_tensor_from_cpu_tensor": .unread("a tensor of a device"),
        ])
    return Dictionary(uniqueKeysWithValues: all)
  }()

  // MARK: Storages

  /// Whether it is one of torch's storage classes.
  var isStorage: Bool {
    isUntypedStorage || (isOfDevice && (storageType != nil || Self.quantised.contains(name)))
  }

  /// A storage that says no element type: bytes.
  var isUntypedStorage: Bool {
    module == "torch.storage" && (name == "UntypedStorage" || name == "TypedStorage")
  }

  /// The element type of a storage class; nil if its elements are not decoded.
  var storageType: ElementType? {
    if isUntypedStorage { return .u8 }
    return isOfDevice ? Self.storageTypes[name] : nil
  }

  private var isOfDevice: Bool { module == "torch" || module == "torch.cuda" }

  private static let storageTypes: [ByteName: ElementType] = [
    "DoubleStorage": .f64, "FloatStorage": .f32, "HalfStorage": .f16, "BFloat16Storage": .bf16,
    "LongStorage": .i64, "IntStorage": .i32, "ShortStorage": .i16, "CharStorage": .i8,
    "ByteStorage": .u8, "BoolStorage": .bool, "ComplexFloatStorage": .c64,
    "ComplexDoubleStorage": .c128,
  ]
  private static let quantised: Set<ByteName> = [
    "QInt8Storage", "QUInt8Storage", "QInt32Storage", "QUInt4x2Storage", "QUInt2x4Storage",
  ]

  // MARK: Types and classes

  /// Whether it is an element type, decoded or not.
  private var isDataType: Bool {
    module == "torch" && (Self.dataTypes[name] != nil || Self.otherDataTypes.contains(name))
  }

  /// The element type that is called so, if it is decoded.
  var dataType: ElementType? { module == "torch" ? Self.dataTypes[name] : nil }

  private static let dataTypes: [ByteName: ElementType] = [
    "float32": .f32, "float64": .f64, "float16": .f16, "bfloat16": .bf16,
    "float8_e4m3fn": .f8E4M3, "float8_e5m2": .f8E5M2, "float8_e4m3fnuz": .f8E4M3FNUZ,
    "float8_e5m2fnuz": .f8E5M2FNUZ, "float8_e8m0fnu": .f8E8M0, "float4_e2m1fn_x2": .f4Pair,
    "int8": .i8, "int16": .i16, "int32": .i32, "int64": .i64, "uint8": .u8, "uint16": .u16,
    "uint32": .u32, "uint64": .u64, "bool": .bool, "complex64": .c64, "complex128": .c128,
  ]
  private static let otherDataTypes: Set<ByteName> = Set(
    [
      "complex32", "qint8", "quint8", "qint32", "quint4x2", "quint2x4", "bits1x8", "bits2x4",
      "bits4x2", "bits8", "bits16",
    ] + (1...7).flatMap { [ByteName("int\($0)"), ByteName("uint\($0)")] })

  /// A way of quantising.
  private var isScheme: Bool { module == "torch" && Self.schemes.contains(name) }

  private static let schemes: Set<ByteName> = [
    "per_tensor_affine", "per_tensor_symmetric", "per_channel_affine", "per_channel_symmetric",
    "per_channel_affine_float_qparams",
  ]

  /// A class of tensors, as an argument of what rebuilds one.
  var isTensorClass: Bool {
    if module == "torch", name == "Tensor" { return true }
    if isParameterClass { return true }
    let modules: Set<ByteName> = ["torch", "torch.cuda", "torch.sparse", "torch.cuda.sparse"]
    return modules.contains(module) && Self.tensorClasses.contains(name)
  }

  var isParameterClass: Bool { module == "torch.nn.parameter" && name == "Parameter" }

  private static let tensorClasses: Set<ByteName> = [
    "FloatTensor", "DoubleTensor", "HalfTensor", "BFloat16Tensor", "LongTensor", "IntTensor",
    "ShortTensor", "CharTensor", "ByteTensor", "BoolTensor",
  ]
}
