// `verify --pack`: does everything in a pack agree, and does its verdict follow from its numbers?
//
// In order: the manifest against the directory; each document against what it says, written again
// (PackDocuments.swift); the digests of models against each other; the probes against their name;
// statistic, p, gates and verdict of the outputs, and counts, e-values, p and verdict of the
// weights, computed again by the rules of `Evidence`; statements, signatures and receipts; the
// figures, drawn again. The first fault of the manifest, or of a document, ends it: what follows
// would speak of other files.
//
// Does not: believe the numbers. That they come from the models named is shown by scoring again
// (`PackRescore`), or by trusting who signed.

import Base
import Crypto
import Evidence
import Ledger

/// Draws the figures of a pack from its verdict, its weight evidence and its power curves.
public typealias PackDrawing =
  @Sendable (_ verdict: SuspectReport, _ weights: PackWeights?, _ power: PackPower?)
  -> [ReportDocument]

/// One thing that was looked at.
public struct PackCheck: Equatable, Sendable {
  public var name: String
  public var passed: Bool
  public var detail: String

  init(_ name: String, passed: Bool = true, _ detail: String) {
    self.name = name
    self.passed = passed
    self.detail = detail
  }
}

/// What verification found.
public struct PackVerification: Sendable {
  public var checks: [PackCheck]
  /// Parts of the verdict that only the models themselves can show.
  public var open: [String]

  public var isVerified: Bool { !checks.isEmpty && checks.allSatisfy(\.passed) }
}

/// Verifies packs off line.
public struct PackVerifier: Sendable {
  let trust: PackTrust
  let drawing: PackDrawing

  public init(trust: PackTrust = PackTrust(), drawing: @escaping PackDrawing) {
    self.trust = trust
    self.drawing = drawing
  }

  /// - Parameter models: models to score again; nil looks at no model.
  /// - Throws: `malformed` if the directory is no pack, and what stops the scoring.
  public func verify(
    _ directory: String, models: PackModels? = nil, run: Run
  ) throws(Problem) -> PackVerification {
    let (pack, differences) = try EvidencePack.read(directory)
    guard differences.isEmpty else {
      return PackVerification(
        checks: differences.map { PackCheck("manifest", passed: false, $0) }, open: [])
    }
    var checks = [PackCheck("manifest", "\(pack.files.count) files are as it says")]
    let documents: PackDocuments
    do throws(Problem) { documents = try PackDocuments(pack) } catch {
      checks.append(PackCheck("documents", passed: false, "\(error)"))
      return PackVerification(checks: checks, open: [])
    }
    var open: [String] = []
    checks.append(rules(documents))
    checks.append(
      try guarded("models") { () throws(Problem) in try IdentityCheck(documents).run() })
    checks.append(
      try guarded("outputs") { () throws(Problem) in try OutputsCheck(documents).run(&open, run) })
    checks.append(try guarded("power") { () throws(Problem) in try PackPower.check(documents) })
    checks.append(
      try guarded("weights") { () throws(Problem) in try WeightsCheck(documents).run(&open) })
    checks.append(
      try guarded("statements") { () throws(Problem) in
        let (problem, detail) = try StatementCheck(
          pack: pack, verdict: documents.verdict, trust: trust
        ).run()
        if let problem { throw Self.differs(problem) }
        return detail
      })
    checks.append(figures(documents))
    if let models, checks.allSatisfy(\.passed) {
      checks += try PackRescore(documents, models: models).checks(run)
    }
    return PackVerification(checks: checks, open: open)
  }

  /// What a part of the pack throws is its fault, never the caller's, unless he stopped the run.
  private func guarded(
    _ name: String, _ body: () throws(Problem) -> String
  ) throws(Problem) -> PackCheck {
    do throws(Problem) { return PackCheck(name, try body()) } catch {
      if error.kind == .interrupted { throw error }
      return PackCheck(name, passed: false, "\(error)")
    }
  }

  static func differs(_ reason: String) -> Problem {
    Problem(.refused, "pack_differs", reason: reason)
  }

  private func rules(_ documents: PackDocuments) -> PackCheck {
    let departure = documents.rules.departure
    return PackCheck(
      "rules", passed: departure == nil, departure ?? "the constants are this program's")
  }

  /// Another version may draw otherwise; its figures are then held by the manifest alone.
  private func figures(_ documents: PackDocuments) -> PackCheck {
    let stored = documents.pack.files.filter { $0.path.hasPrefix(EvidencePack.Name.figures) }
    guard documents.rules.isOurProgram else {
      return PackCheck(
        "figures", "\(stored.count) figures, drawn by another version and not drawn again")
    }
    let drawn = EvidencePack(
      files: drawing(documents.verdict, documents.weights, documents.power).map {
        EvidencePack.File(EvidencePack.Name.figures + $0.name, $0.bytes)
      }
    ).files
    return PackCheck(
      "figures", passed: drawn == stored,
      drawn == stored
        ? "\(drawn.count) figures are drawn the same from the numbers"
        : "the figures are not those of the numbers")
  }
}
