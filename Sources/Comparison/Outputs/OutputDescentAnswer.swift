// The answer of the output line for one pair, and the answers of a whole call.

import Base
import Evidence

/// What rungs 4 and 5 say of one pair.
public struct OutputDescentAnswer: Equatable, Sendable {
  public var verdict: OutputVerdict
  public var sentence: String
  /// In the order of the ladder.
  public var rungs: [Rung]
  /// Of rung 5; empty where nothing was tested, or where the answer was read back in short.
  public var gates: [Gate]
  /// What the verdict was given by; nil where nothing was tested.
  public var figures: ContrastFigures?
  /// What is told beside the figures; nil where nothing was tested, or of an answer in short.
  public var description: ContrastDescription?
  /// The texts that were scored.
  public var probes: Digest?
  /// What the scoring of the whole call cost.
  public var passes: ScoringPasses?
  /// A remark for whoever reads it.
  public var note: String?
  /// What would decide, where it was seen before anything was scored.
  public var wouldDecide: [DecidingStep] = []

  /// What rung 5 says.
  init(_ descent: OutputDescent, probes: Digest, passes: ScoringPasses) {
    verdict = descent.verdict
    sentence = descent.sentence
    rungs = descent.rungs
    gates = descent.gates
    figures = descent.figures
    description = descent.description
    self.probes = probes
    self.passes = passes
  }

  init(
    verdict: OutputVerdict, sentence: String, rungs: [Rung] = [], gates: [Gate] = [],
    figures: ContrastFigures? = nil, description: ContrastDescription? = nil,
    probes: Digest? = nil
  ) {
    self.verdict = verdict
    self.sentence = sentence
    self.rungs = rungs
    self.gates = gates
    self.figures = figures
    self.description = description
    self.probes = probes
  }

  /// Nothing ran, and why.
  public static func notTested(_ reason: String) -> OutputDescentAnswer {
    OutputDescentAnswer(
      verdict: .notTested, sentence: VerdictSentence.notTested(reason: reason),
      rungs: [Rung(5, "inherited distribution", .notTested)])
  }
}

/// Something to give, and what it is for.
public struct DecidingStep: Equatable, Sendable {
  /// An option of the command line.
  public let option: String
  public let why: String

  public init(option: String, why: String) {
    self.option = option
    self.why = why
  }
}

extension OutputDescentAnswer {
  /// Nothing was scored, because whatever came out could not decide.
  static func undecidable(
    because reason: String, wouldDecide: [DecidingStep]
  ) -> OutputDescentAnswer {
    var answer = OutputDescentAnswer(
      verdict: .inconclusive, sentence: VerdictSentence.inconclusive(because: reason),
      rungs: [Rung(5, "inherited distribution", .notTested)])
    answer.wouldDecide = wouldDecide
    return answer
  }

  /// It might have been decided about, but nothing was scored.
  static let keptFromScoring = notTested("another reference kept the call from scoring")

  /// What it says of rung 5, under its own verdict; nil where nothing was tested, or of an answer
  /// in short.
  var descent: OutputDescent? {
    guard let figures, let description else { return nil }
    return OutputDescent(
      verdict: verdict, sentence: sentence, gates: gates, rungs: rungs.filter { $0.rung == 5 },
      figures: figures, description: description)
  }

  /// The same with what rung 4 found. Only a certificate changes the verdict: it needs no
  /// statistics, and what the gates of rung 5 ask for has no bearing on it.
  func with(
    _ answer: OutputSpaceAnswer, suspect: String, reference: String
  ) -> OutputDescentAnswer {
    var other = self
    other.rungs.insert(answer.rung, at: 0)
    guard case .finding(let finding) = answer, finding.isCertificate,
      let nearest = finding.controls.min()
    else { return other }
    other.verdict = .sharedOutputSpace
    other.sentence = VerdictSentence.sharedOutputSpace(
      suspect: suspect, reference: reference, residual: finding.residual,
      controls: finding.controls.count, nearest: nearest)
    return other
  }

  /// The same with a remark for whoever reads it.
  func noting(_ note: String) -> OutputDescentAnswer {
    var other = self
    other.note = note
    return other
  }
}

/// How many models of each part were scored in a call, and how many came from the cache.
public struct ScoringPasses: Equatable, Sendable {
  public var control = 0
  public var reference = 0
  public var suspect = 0
  public var kept = 0
}

/// The answers of the output line, and the numbers behind them.
struct OutputAnswers: Sendable {
  /// By suspect and reference.
  var answers: [[OutputDescentAnswer]]
  /// By suspect; nil where nothing could be tested.
  var records: [OutputSums?] = []
  /// The digest of each scored model's outcomes.
  var outcomes: [Digest: Digest] = [:]
}
