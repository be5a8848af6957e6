// What was recorded of a model when it was checked: everything that deciding again needs, so that
// no file of the model is read a second time.
//
// Kept as a blob of canonical JSON that the check's statement names by its digest. Whoever erases
// the blob takes away the possibility to decide again, never the record of what was decided.

import Base
import Ledger

/// The facts of one model, as files and licences gave them.
public struct ModelFacts: Equatable, Sendable {
  /// The digest that names the model: `files_root`.
  public var model: Digest
  public var name: String
  /// Digests of names and values of the tensors, and of the values alone.
  public var weights: Digest?
  public var tensorSet: Digest?
  /// Whether some file runs code when it is loaded; that denies.
  public var isUnsafe: Bool
  /// What the readers of files noticed.
  public var fileFindings: [Finding]
  /// Nil: a single file carries no licence.
  public var licence: Licence?
  /// Edges that the model's own card declares, that a person stated at the check, or that a table
  /// of known models holds; the model is the node `model`.
  public var declaredEdges: [LineageEdge]
  /// What a person stated of it at the check.
  public var stated: [StatedFact] = []
  /// Who made it, as far as its header and its id name an organisation that is known.
  public var makers: [Maker] = []
  /// Of the texts and tables that the licence was recognised with.
  public var catalogue: Digest

  /// An organisation that the model names as its own, and who stands behind it.
  public struct Maker: Equatable, Sendable {
    /// Where it is named, and how: "the header says Mistralai".
    public var clue: String
    public var developer: String
    public var origin: String?

    public init(clue: String, developer: String, origin: String?) {
      self.clue = clue
      self.developer = developer
      self.origin = origin
    }
  }

  /// What a folder says about its licence.
  public struct Licence: Equatable, Sendable {
    /// Ids that the card stands for.
    public var declared: [String]
    /// Ids of texts, each with its file.
    public var texts: [Text]
    /// Whether nothing was found about it that bars the use of the model where it lies.
    public var isClean: Bool
    public var findings: [Finding]

    public struct Text: Equatable, Sendable {
      public var file: String
      public var ids: [String]

      public init(file: String, ids: [String]) {
        self.file = file
        self.ids = ids
      }
    }

    public init(declared: [String], texts: [Text], isClean: Bool, findings: [Finding]) {
      self.declared = declared
      self.texts = texts
      self.isClean = isClean
      self.findings = findings
    }
  }

  public init(
    model: Digest, name: String, weights: Digest?, tensorSet: Digest?, isUnsafe: Bool,
    fileFindings: [Finding], licence: Licence?, declaredEdges: [LineageEdge], catalogue: Digest
  ) {
    self.model = model
    self.name = name
    self.weights = weights
    self.tensorSet = tensorSet
    self.isUnsafe = isUnsafe
    self.fileFindings = fileFindings
    self.licence = licence
    self.declaredEdges = declaredEdges
    self.catalogue = catalogue
  }
}
