// The functions and classes that Python has without an import.

enum PythonBuiltins {
  static func contains(_ name: String) -> Bool { all.contains(name) || name.hasPrefix("__") }

  /// Those that compute a value of their arguments and do nothing else.
  static let harmless: Set<String> = [
    "abs", "all", "any", "bool", "bytes", "complex", "dict", "divmod", "enumerate", "float",
    "frozenset", "int", "len", "list", "max", "min", "object", "pow", "print", "range", "reversed",
    "round", "set", "slice", "sorted", "str", "sum", "tuple", "zip",
  ]

  private static let all: Set<String> = harmless.union([
    "aiter", "anext", "ascii", "bin", "breakpoint", "bytearray", "callable", "chr", "classmethod",
    "compile", "copyright", "credits", "delattr", "dir", "eval", "exec", "execfile", "exit",
    "filter", "format", "getattr", "globals", "hasattr", "hash", "help", "hex", "id", "input",
    "isinstance", "issubclass", "iter", "license", "locals", "map", "memoryview", "next", "oct",
    "open", "ord", "property", "quit", "repr", "setattr", "staticmethod", "super", "type", "vars",
  ])
}
