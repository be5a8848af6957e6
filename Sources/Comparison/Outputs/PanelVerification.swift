// Is the panel still the panel? A control that was exchanged, or a kept score that is not its own,
// would move every verdict that rests on it.
//
// For each control: its files open and have the fingerprint that was recorded when it was added;
// what is kept of its scores is whole, by the SHA-256 at its end; and on request the model is
// scored again and must give the same bits. Scores are kept under a name made from model, probes
// and arithmetic, so those of another model or another probe set are never taken for these.

import Base
import Evidence
import Fingerprint

/// What was found of one control.
public struct VerifiedControl: Equatable, Sendable {
  /// What is kept of the model's scores on the probes.
  public enum Kept: String, Sendable {
    case whole, absent, damaged, different
    /// Whole, and equal to a fresh pass.
    case reproduced
  }

  public let model: ListedModel
  public let recorded: Digest?
  public let found: Digest?
  public let kept: Kept?
  /// Why the model could not be read or scored.
  public let problem: Problem?

  /// Nil: no fingerprint was recorded, so nothing can be said.
  public var holds: Bool? {
    if problem != nil || kept == .damaged || kept == .different { return false }
    return recorded.map { $0 == found }
  }

  /// A line for people.
  public var text: String {
    if let problem { return "cannot be used: \(problem)" }
    switch kept {
    case .damaged: return "what is kept of its scores is damaged"
    case .different: return "what is kept of its scores is not what the model gives"
    default: break
    }
    guard let recorded else { return "no fingerprint was recorded; add it again to record one" }
    return recorded == found ? "as recorded" : "another model than the one that was recorded"
  }
}

/// Checks a panel.
public struct PanelVerification: Sendable {
  public let controls: [VerifiedControl]

  /// 0 if every control holds, 1 if one does not, 3 if one cannot be told.
  public var exitCode: ExitCode {
    if controls.contains(where: { $0.holds == false }) { return .no }
    return controls.contains { $0.holds == nil } ? .undecided : .yes
  }

  /// - Parameters:
  ///   - cacheFolder: where scores are kept; nil looks at none.
  ///   - rescoring: whether each model is scored again.
  public init(
    _ panel: PanelFile, probes: ProbeSet, cacheFolder: String?, rescoring: Bool, run: Run
  ) throws(Problem) {
    let models = ModelCache()
    let cache = OutcomeCache(folder: cacheFolder)
    let scoring = OutcomeScoring(probes: probes)
    var controls: [VerifiedControl] = []
    for (index, model) in panel.models.enumerated() {
      try run.check()
      run.tell(index, of: panel.models.count, "models", "verifying")
      var found: Digest?
      var kept: VerifiedControl.Kept?
      var problem: Problem?
      do throws(Problem) {
        let opened = try models.open(model.path, run: run.silent)
        found = opened.digest
        kept = try Self.kept(opened, cache, scoring, rescoring: rescoring, run.silent)
      } catch {
        if error.kind == .interrupted { throw error }
        problem = error
      }
      controls.append(
        VerifiedControl(
          model: model, recorded: panel.fingerprints[index], found: found, kept: kept,
          problem: problem))
    }
    self.controls = controls
  }

  private static func kept(
    _ opened: OpenedModel, _ cache: OutcomeCache, _ scoring: OutcomeScoring, rescoring: Bool,
    _ run: Run
  ) throws(Problem) -> VerifiedControl.Kept {
    let key = OutcomeCache.key(
      model: opened.digest, probes: scoring.probes.digest, arithmetic: "exact")
    guard cache.holds(key) else { return .absent }
    guard let kept = cache.load(key, id: "") else { return .damaged }
    guard rescoring else { return .whole }
    let fresh = try scoring.outcomes(of: opened.model, id: "", run: run)
    let isSame =
      fresh.tokenizer == kept.tokenizer && fresh.buckets == kept.buckets
      && fresh.positions == kept.positions
      && fresh.logProbabilities.map(\.bitPattern) == kept.logProbabilities.map(\.bitPattern)
    return isSame ? .reproduced : .different
  }
}
