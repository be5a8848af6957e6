// Recognises licence texts and says what they oblige to.
//
//     text → words (Words) → candidates (Candidates) → alignment (Alignment) → walk of every
//     stretch that differs (Region) → what stands around (Surroundings) → match, variant, unknown
//     or none
//
// The decision is on clauses, never on a score: one operative difference makes a variant. Texts
// are not shipped; a template is a sequence of hashed words (Template, TemplateCodec). Facts about
// licences, not their recognition, are in Catalogue. Expressions of SPDX are in Expression.
// Method and traps: `Policies/licences/README.md`.

import Base

/// The answer about one text.
public struct TextVerdict: Equatable, Sendable {
  /// `match` every operative clause is there, nothing was added, and every line around it is known
  /// to be harmless; `variant` near enough to name a licence, with a difference that counts;
  /// `unknown` like a licence, but none of ours; `none`.
  public enum Verdict: String, Sendable { case match, variant, unknown, none }

  /// A licence that was found whole, a notice, or a mere reference.
  public struct Found: Sendable, Equatable {
    public enum Kind: String, Sendable { case text, notice, reference }
    public let id: String
    public let kind: Kind
    /// 1 if word for word, less if typing errors and the like were forgiven. Decides nothing.
    public let confidence: Double
    /// Lines from 1, both inclusive.
    public let startLine: Int
    public let endLine: Int

    public init(id: String, kind: Kind, confidence: Double, startLine: Int, endLine: Int) {
      self.id = id
      self.kind = kind
      self.confidence = confidence
      self.startLine = startLine
      self.endLine = endLine
    }
  }

  /// What differs from a licence in a way that counts.
  public struct Difference: Sendable, Equatable {
    public enum Kind: String, Sendable { case missing, added, changed }
    public let kind: Kind
    /// The sentence of the text; if something is missing, where and how much.
    public let clause: String
    public let line: Int
    /// The licence it differs from.
    public let id: String

    public init(kind: Kind, clause: String, line: Int, id: String) {
      self.kind = kind
      self.clause = clause
      self.line = line
      self.id = id
    }
  }

  public var verdict: Verdict
  /// Licences found whole, in the order of the text.
  public var licences: [Found]
  /// Licences of which a changed text was found.
  public var variantOf: [String]
  public var differences: [Difference]
  /// What could not be read: a PDF, text in a script that is not read. Nil if nothing.
  public var note: String?

  public init(
    verdict: Verdict, licences: [Found] = [], variantOf: [String] = [],
    differences: [Difference] = [], note: String? = nil
  ) {
    self.verdict = verdict
    self.licences = licences
    self.variantOf = variantOf
    self.differences = differences
    self.note = note
  }

  /// Ids of the texts found whole; notices and references do not count.
  public var textIDs: [String] { licences.filter { $0.kind == .text }.map(\.id) }
}

/// The face of the module.
public enum Licensing {
  /// A longer text is a book, not a licence: it is refused by `recognise`.
  public static let byteCountMax = 4 << 20

  /// What licences a text holds. Only the first `byteCountMax` bytes are read; a longer text is
  /// at best `unknown`.
  public static func identify(_ bytes: [UInt8]) -> TextVerdict {
    Recogniser(Embedded.library).identify(bytes)
  }

  /// The ids of all licences whose text is known, sorted by bytes.
  public static var knownTexts: [String] {
    Set(Embedded.library.templates.filter { $0.kind != .notice }.map(\.id))
      .sorted { ByteName($0) < ByteName($1) }
  }
}

// MARK: Learning

extension Licensing {
  /// A text to learn.
  public struct Source: Sendable {
    public var id: String
    public var kind: TemplateKind
    /// Where it came from, for errors.
    public var place: String
    /// Plain text, Markdown, HTML, or XML of the SPDX list.
    public var bytes: [UInt8]
    /// Whether texts of the same id that were learned before are forgotten.
    public var replaces: Bool

    public init(id: String, kind: TemplateKind, place: String, bytes: [UInt8], replaces: Bool) {
      self.id = id
      self.kind = kind
      self.place = place
      self.bytes = bytes
      self.replaces = replaces
    }
  }

  /// The bytes of a file of templates with texts added to it. The same texts in any order of ids
  /// give the same bytes.
  ///
  /// - Parameter file: the file so far, or nil to begin one.
  public static func learn(_ sources: [Source], into file: [UInt8]?) throws(Problem) -> [UInt8] {
    var templates: [Template] = []
    if let file { templates = TemplateCodec.templates(try TemplateCodec.decode(file)) }
    for source in sources {
      if source.replaces { templates.removeAll { ByteName($0.id) == ByteName(source.id) } }
      do throws(Problem) {
        for template in try Learn.templates(source.bytes, id: source.id, kind: source.kind)
        where !templates.contains(template) {
          templates.append(template)
        }
      } catch {
        throw error.at(source.place)
      }
    }
    return TemplateCodec.encode(templates)
  }

  /// Recognition with templates from a file instead of those the program carries.
  public static func identify(_ bytes: [UInt8], templates file: [UInt8]) throws(Problem)
    -> TextVerdict
  {
    Recogniser(Library(try TemplateCodec.decode(file))).identify(bytes)
  }
}
