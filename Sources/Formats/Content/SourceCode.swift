// Whether a text is source code: by the interpreter that its first line names, else by its name.

import Base

enum SourceCode: String {
  case python = "Python"
  case shell = "shell"
  case batch = "batch file"
  case powerShell = "PowerShell"
  case javaScript = "JavaScript"
  case script = "script"
  case compiled = "source of a compiled language"
  case build = "build instructions"

  /// Nil if it is none.
  static func kind(of bytes: RawSpan, _ place: ContentPlace) -> SourceCode? {
    if let kind = interpreter(bytes) { return kind }
    let name = place.lowerName
    if let dot = name.lastIndex(of: "."), let kind = endings[String(name[dot...])] { return kind }
    return ["makefile", "dockerfile", "jenkinsfile", "justfile", "gnumakefile"].contains(name)
      ? .build : nil
  }

  /// What the line behind `#!` names.
  private static func interpreter(_ bytes: RawSpan) -> SourceCode? {
    guard bytes.has("#!") else { return nil }
    let line = String(
      decoding: bytes.copy(from: 2, atMost: 256).prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
    if line.contains("python") { return .python }
    if line.contains("node") || line.contains("deno") { return .javaScript }
    if line.contains("pwsh") { return .powerShell }
    // An inner attribute of Rust begins the same way; it has a bracket and no path.
    guard line.contains("/") else { return nil }
    return line.contains("sh") ? .shell : .script
  }

  private static let endings: [String: SourceCode] = {
    var table: [String: SourceCode] = [:]
    for ending in ["py", "pyw", "pyi", "pyx", "pxd"] { table["." + ending] = .python }
    for ending in ["sh", "bash", "zsh", "ksh", "csh", "fish", "command"] {
      table["." + ending] = .shell
    }
    for ending in ["bat", "cmd"] { table["." + ending] = .batch }
    for ending in ["ps1", "psm1", "psd1"] { table["." + ending] = .powerShell }
    for ending in ["js", "mjs", "cjs", "ts", "mts", "jsx", "tsx", "vue", "svelte"] {
      table["." + ending] = .javaScript
    }
    for ending in [
      "rb", "pl", "pm", "php", "lua", "r", "jl", "tcl", "vbs", "vbe", "wsf", "hta", "scpt",
      "applescript", "groovy", "reg", "desktop", "m", "sql", "awk",
    ] { table["." + ending] = .script }
    for ending in [
      "c", "cc", "cpp", "cxx", "h", "hpp", "hxx", "cu", "cuh", "metal", "cl", "java", "kt", "scala",
      "go", "rs", "swift", "cs", "mm", "asm", "s", "ptx", "f90", "hs", "ml", "ex", "exs", "zig",
    ] { table["." + ending] = .compiled }
    for ending in ["cmake", "mk", "gradle", "ninja", "nix"] { table["." + ending] = .build }
    return table
  }()
}
