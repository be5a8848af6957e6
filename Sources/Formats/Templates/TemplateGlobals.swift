// What a name means that the template does not set.

enum TemplateGlobals {
  static let functions: Set<String> = [
    "range", "dict", "namespace", "raise_exception", "strftime_now", "cycler", "joiner", "lipsum",
  ]

  /// Objects of Python with attributes of their own.
  static let objects: Set<String> = ["cycler", "joiner", "lipsum"]

  static func value(_ name: String) -> TemplateValue {
    if functions.contains(name) { return .function(name) }
    // The special tokens come with the model as the template does.
    if name.hasSuffix("_token") || name.hasSuffix("_tokens") { return .opaque }
    if name == "self" || name == "super" { return .opaque }
    return .data
  }
}
