// Searches a Jinja chat template for what an innocent one never needs.
//
// Source: https://jinja.palletsprojects.com/templates/ and the known ways out of its sandbox:
// dunder attributes lead from any value to Python's classes, also where their names are put
// together from pieces; `cycler`, `joiner`, `lipsum` are objects of Python; `import`, `include`,
// `from`, `extends` load other templates; escapes in strings hide letters.
//
// Two looks: at the words of the code, and, by evaluating it (TemplateEvaluator), at the names it
// looks things up under. Only code counts: text between tags, comments and raw blocks are data.
//
// Promises: total; a template that cannot be understood, or not to its end, is a finding.

import Base

public enum ChatTemplateScan {
  /// More findings of one template than anybody reads.
  static let findingsMax = 16

  /// Trees and calls are nested deeper than the stack of a worker allows.
  private static let stackBytes = 128 << 20

  private static let loaders: Set<String> = ["import", "include", "from", "extends"]

  /// Unsafe constructs, each with its line. `place` names the template.
  public static func findings(in template: [UInt8], place: String) -> [Finding] {
    let result = ResultSlots<[Finding]>(count: 1)
    do throws(Problem) {
      let thread = try BackgroundThread.start("template", stackBytes: stackBytes) {
        result.set(0, look(at: template, place))
      }
      thread.join()
    } catch {
      return [unread(error.reason, place)]
    }
    return result.values.first ?? []
  }

  private static func look(at template: [UInt8], _ place: String) -> [Finding] {
    let tokens = JinjaLexer.tokens(of: template)
    var remarks = remarks(on: tokens)
    var findings: [Finding] = []
    do throws(JinjaSyntaxError) {
      remarks.formUnion(TemplateEvaluator.remarks(on: try JinjaParser.statements(of: tokens)))
    } catch {
      remarks.formUnion(objects(in: tokens))
      findings = [unread(error.reason, "\(place), line \(error.line)")]
    }
    var lines: Set<Int> = []
    let unsafe = remarks.sorted { ($0.line, $0.reason) < ($1.line, $1.reason) }
      .filter { lines.insert($0.line).inserted }
      .prefix(findingsMax)
    return unsafe.map {
      Finding(
        id: "template-unsafe", severity: .error, message: $0.reason,
        place: "\(place), line \($0.line)")
    } + findings
  }

  private static func unread(_ reason: String, _ place: String) -> Finding {
    Finding(
      id: "file.unread", severity: .warning,
      message: "the template is not understood (\(reason)), so it was searched for words alone",
      place: place)
  }

  // MARK: Words

  private static func remarks(on tokens: [JinjaToken]) -> Set<TemplateRemark> {
    var remarks: Set<TemplateRemark> = []
    var previous: JinjaToken?
    for token in tokens {
      if let reason = reason(for: token, after: previous) {
        remarks.insert(TemplateRemark(line: token.line, reason: reason))
      }
      previous = token
    }
    return remarks
  }

  private static func reason(for token: JinjaToken, after previous: JinjaToken?) -> String? {
    switch token.kind {
    case .name(let name):
      if name.hasPrefix("__") || name.hasPrefix("_TemplateReference") {
        return "the name `\(name)` leads from a value to Python's internals"
      }
      if previous?.isSymbol(".") == true, PythonInternals.names.contains(name) {
        return "the attribute `\(name)` leads from a value to Python's internals"
      }
      if loaders.contains(name), previous?.kind == .statementStart {
        return "`\(name)` loads another template"
      }
      return nil
    case .string(let text, let hidesNames):
      if hidesNames { return "a string hides letters behind numeric escapes" }
      return PythonInternals.spellsName(text)
        ? "a string names Python's internals (`__…__`)" : nil
    default: return nil
    }
  }

  /// Objects of Python by their names alone, for a template that is not evaluated.
  private static func objects(in tokens: [JinjaToken]) -> [TemplateRemark] {
    zip(tokens, [nil] + tokens.map { Optional($0) }).compactMap { token, previous in
      guard case .name(let name) = token.kind, TemplateGlobals.objects.contains(name),
        previous?.isSymbol(".") != true
      else { return nil }
      return TemplateRemark(
        line: token.line,
        reason: "`\(name)` is an object of Python with a way to its internals")
    }
  }
}
