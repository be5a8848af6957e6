// Which callables a configuration must not name: those that run programs or code, load code, or
// load what may hold code.

import Base

enum ConfigTarget {
  /// Modules of which every function is one, but for those in `harmless`.
  private static let modules: Set<String> = [
    "os", "posix", "nt", "subprocess", "builtins", "__builtin__", "runpy", "importlib", "imp",
    "pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "pty",
    "shutil", "ctypes", "code", "codeop", "pdb", "bdb", "timeit", "cProfile", "profile",
    "webbrowser", "pip", "commands", "popen2", "_posixsubprocess", "pkgutil", "zipimport", "venv",
    "ensurepip", "paramiko", "fabric", "sh", "plumbum", "pexpect",
  ]

  private static let functions: Set<String> = [
    "torch.load", "torch.hub.load", "torch.jit.load", "torch.serialization.load",
    "torch.package.PackageImporter", "torch.ops.load_library", "torch.classes.load_library",
    "pandas.read_pickle", "pandas.eval", "yaml.load", "yaml.unsafe_load", "yaml.full_load",
    "jsonpickle.decode", "sklearn.externals.joblib.load", "tensorflow.py_function",
    "tensorflow.numpy_function", "tensorflow.load_op_library", "distutils.spawn.spawn",
    "asyncio.create_subprocess_shell", "asyncio.create_subprocess_exec",
  ]

  private static let harmless: Set<String> = [
    "os.getcwd", "os.cpu_count", "os.getenv", "os.environ.get", "os.fspath", "os.listdir",
    "os.getpid", "os.makedirs", "os.mkdir", "shutil.which", "joblib.Parallel", "joblib.Memory",
    "joblib.delayed", "joblib.cpu_count",
  ]

  /// Whether a dotted name is a callable that runs code.
  static func runsCode(_ name: String) -> Bool {
    let name = name.filter { !$0.isWhitespace }
    let parts = name.split(separator: ".").map(String.init)
    guard let module = parts.first, parts.count > 1 || PythonBuiltins.contains(name) else {
      return false
    }
    if parts.contains(where: { $0.hasPrefix("__") && $0 != "__main__" }) { return true }
    if functions.contains(name) || parts.contains("cpp_extension") { return true }
    if harmless.contains(name) || (module == "os" && parts[1] == "path" && parts.count == 3) {
      return false
    }
    if parts.count == 1 { return !PythonBuiltins.harmless.contains(name) }
    if module == "builtins" || module == "__builtin__" {
      return !PythonBuiltins.harmless.contains(parts.dropFirst().joined(separator: "."))
    }
    if modules.contains(module) { return true }
    // A module that another one imported is reached through it: `numpy.os.system`.
    return parts.dropFirst().dropLast().contains {
      ["os", "subprocess", "builtins", "sys"].contains($0)
    }
      && ["system", "popen", "Popen", "exec", "eval", "run", "call", "check_call", "check_output"]
        .contains(parts[parts.count - 1])
  }

  /// Whether a target gives back whatever function a text beside it names.
  static func looksUp(_ name: String) -> Bool {
    [
      "hydra.utils.get_method", "hydra.utils.get_class", "hydra.utils.get_object",
      "hydra.utils.get_static_method", "hydra.utils.call", "hydra.utils.instantiate",
      "hydra._internal.utils._locate", "functools.partial",
    ].contains(name)
  }

  static func finding(_ target: String, place: String) -> Finding {
    Finding(
      id: "config.target", severity: .error,
      message: "the configuration makes a loader call `\(target.prefix(120))`, which runs code or "
        + "programs, or loads what may hold code",
      place: place)
  }

  /// The same in a document of JSON.
  static func findings(in document: JSON, place: String) -> [Finding] {
    var findings: [Finding] = []
    visit(document, depth: 0) { target in
      if runsCode(target), findings.count < 16 { findings.append(finding(target, place: place)) }
    }
    return findings
  }

  private static func visit(_ value: JSON, depth: Int, _ body: (String) -> Void) {
    guard depth < 256 else { return }
    for item in value.array ?? [] { visit(item, depth: depth + 1, body) }
    for (key, member) in value.object ?? [:] {
      if key == "_target_", let target = member.string { body(target) }
      visit(member, depth: depth + 1, body)
    }
  }
}
