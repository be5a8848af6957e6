// Evaluates a chat template without a conversation, to see under which names it looks things up.
//
// Method: abstract interpretation. What the template itself makes (literals, and what filters,
// operators, loops, macros and namespaces make of them) is computed as Jinja would; what comes
// from a conversation stays unknown; both ways of a condition that depends on it are taken. Loops
// over what is unknown run until nothing changes any more, with values that keep changing reduced
// to their traits. At every subscript, and at every filter that takes the name of an attribute,
// the name is judged: one of Python's internals, or one that was put together in a way that
// cannot be followed, is a remark.
//
// Promises: ends after `stepsMax` steps with a remark that says so. A name that is reported can be
// made; where a name may be forbidden and that cannot be told, it is reported as such. Does not:
// judge what a conversation itself may ask for.

/// How deep the calls of a macro are in one another, and how uncertain the first of them was.
struct TemplateCallDepth {
  var count = 0
  var uncertainty = 0
}

/// Something a template does that an honest one has no need for.
struct TemplateRemark: Hashable {
  let line: Int
  let reason: String
}

final class TemplateEvaluator {
  static let stepsMax = 400_000
  static let depthMax = 250
  /// Values in a value, each counted wherever it lies: they share parts, so that sixty statements
  /// could make one that nobody can walk through.
  private static let valuesMax = 1 << 14

  var state = TemplateState()
  /// Texts that are gathered, the innermost last; each as what it may be. None: output is dropped.
  var sinks: [[TemplateText]] = []
  var macros: [TemplateMacro] = []
  /// Loops that may be called, by number, and how deep each and each macro is in calls.
  var recursiveLoops: [Int: JinjaLoop] = [:]
  var callDepths: [Int: TemplateCallDepth] = [:]
  var loops: [TemplateLoopFrame] = []
  /// What calls of macros have put aside, the innermost last.
  var suspended: [TemplateSuspension] = []
  /// How many conditions and loops that may not be taken lie around.
  var uncertainty = 0
  /// How many conditions that never hold lie around.
  var deadness = 0
  /// Letters that were put into lists and dictionaries that are not followed.
  var pollution = TemplateTraits()
  var line = 1
  private var steps = 0
  private var depth = 0
  private(set) var isExhausted = false
  private(set) var remarks: Set<TemplateRemark> = []

  /// What a template that was understood does.
  static func remarks(on statements: [JinjaStatement]) -> Set<TemplateRemark> {
    let evaluator = TemplateEvaluator()
    _ = evaluator.run(statements)
    return evaluator.remarks
  }

  func remark(_ reason: String, line: Int) {
    remarks.insert(TemplateRemark(line: line, reason: reason))
  }

  // MARK: Bounds

  func spend(_ count: Int = 1) {
    steps += count
    if steps > Self.stepsMax { exhaust("it computes more than can be followed") }
  }

  /// Does `work` one level deeper; `otherwise` beyond the last.
  func nested<Value>(otherwise: Value, _ work: () -> Value) -> Value {
    guard !isExhausted else { return otherwise }
    guard depth < Self.depthMax else {
      exhaust("its calls are nested deeper than can be followed")
      return otherwise
    }
    depth += 1
    spend()
    defer { depth -= 1 }
    return work()
  }

  /// Does the work of a call of a macro or loop; nil if it is nested too deep in calls of the same
  /// one. Where it depends on what is not known whether there is a further call, two are enough.
  func called(_ number: Int, _ work: () -> TemplateValue) -> TemplateValue? {
    let before = callDepths[number]
    let depth = before ?? TemplateCallDepth(uncertainty: uncertainty)
    guard depth.count < (uncertainty > depth.uncertainty ? 2 : 40) else { return nil }
    callDepths[number] = TemplateCallDepth(count: depth.count + 1, uncertainty: depth.uncertainty)
    defer { callDepths[number] = before }
    return work()
  }

  /// The value, unless more is in it than can be followed.
  func bounded(_ value: TemplateValue) -> TemplateValue {
    guard !value.parts.isEmpty else { return value }
    var left = Self.valuesMax
    guard value.fits(&left) else {
      exhaust("it builds values that are larger than can be followed")
      return .opaque
    }
    spend((Self.valuesMax - left) / 16)
    return value
  }

  private func exhaust(_ reason: String) {
    guard !isExhausted else { return }
    isExhausted = true
    remark("\(reason), so it is not known which names it looks up", line: line)
  }

  // MARK: Names

  /// Judges the value under which something is looked up. `isPath`: points and commas part names.
  /// `isAttribute`: no honest template computes it from a conversation.
  func judge(name: TemplateValue, line: Int, isPath: Bool = false, isAttribute: Bool = false) {
    for value in name.alternatives {
      switch value {
      case .text(let text):
        if let literal = text.literal {
          judge(literal: literal, line: line, isPath: isPath)
        } else if isAttribute || TemplateNameDoubt.exists(about: text, adding: pollution) {
          remarkDoubt(text.literals, line)
        }
      case .unknown(let traits):
        if isAttribute || TemplateNameDoubt.exists(about: traits.union(pollution)) {
          remarkDoubt([], line)
        }
      case .sequence, .oneOf:
        if isAttribute { remarkDoubt([], line) }
      default: break
      }
    }
  }

  private func judge(literal: [Unicode.Scalar], line: Int, isPath: Bool) {
    let names =
      isPath
      ? literal.split(omittingEmptySubsequences: true) { $0 == "." || $0 == "," }.map(Array.init)
      : [literal]
    for name in names {
      // Libraries differ in which blanks a tag removes from the text around it.
      let bare = name.filter { !JinjaLexer.isBlank($0) }
      guard PythonInternals.isForbidden(bare) else { continue }
      remark(
        "the name `\(JinjaLexer.text(bare.prefix(60)))`, which is put together or written as a "
          + "text, leads from a value to Python's internals", line: line)
    }
  }

  private func remarkDoubt(_ literals: [Unicode.Scalar], _ line: Int) {
    guard deadness == 0 else { return }
    let known = literals.isEmpty ? "" : " (known of it: `\(JinjaLexer.text(literals.prefix(60)))`)"
    remark(
      "something is looked up under a name that is put together in a way that cannot be "
        + "followed\(known); it may be one of Python's internals", line: line)
  }
}
