// What `compare` answers: a report per suspect, the edges it found, the exit code.

import Base
import Evidence
import Fingerprint

/// A model, or a recording of one, as it stands in an answer.
public struct ComparedModel: Equatable, Sendable {
  public var id: String
  public var path: String
  /// `files_root` of the fingerprint; SHA-256 of the file if this is a recording.
  public var fingerprint: Digest
  /// Outputs that somebody recorded: the digest names the recording and no model.
  public var isRecording = false

  static let recordingKind = "recording"

  public var json: JSON {
    var object = named.object ?? [:]
    object["path"] = .string(path)
    return .object(object)
  }
}

/// The answer of the output line for one pair: its verdict and the whole object.
public struct OutputDescentAnswer: Equatable, Sendable {
  public var verdict: OutputVerdict
  public var json: JSON

  public init(verdict: OutputVerdict, json: JSON) {
    self.verdict = verdict
    self.json = json
  }

  /// Nothing ran, and why.
  public static func notTested(_ reason: String) -> OutputDescentAnswer {
    OutputDescentAnswer(
      verdict: .notTested,
      json: [
        "verdict": .string(OutputVerdict.notTested.rawValue),
        "sentence": .string(VerdictSentence.notTested(reason: reason)),
        "rungs": [
          ["rung": 5, "test": "inherited distribution", "outcome": "not-tested"]
        ],
      ])
  }
}

/// The answers of the output line, and the numbers behind them.
public struct OutputAnswers: Sendable {
  /// By suspect and reference.
  public var answers: [[OutputDescentAnswer]]
  /// By suspect; nil where nothing could be tested.
  public var records: [OutputRecord?]
  /// The digest of each scored model's outcomes.
  public var outcomes: [Digest: Digest]

  public init(
    answers: [[OutputDescentAnswer]], records: [OutputRecord?] = [],
    outcomes: [Digest: Digest] = [:]
  ) {
    self.answers = answers
    self.records = records
    self.outcomes = outcomes
  }
}

/// What the output verdicts of one suspect are a function of, with the bundle of each model in it.
public struct OutputRecord: Sendable {
  public var panel: PanelRecord
  public var models: [Digest]
}

extension OutputDescentAnswer {
  /// The same with what rung 4 found. Only a certificate changes the verdict: it needs no
  /// statistics, and what the gates of rung 5 ask for has no bearing on it.
  func with(_ answer: OutputSpaceAnswer, suspect: String, reference: String)
    -> OutputDescentAnswer
  {
    var object = json.object ?? [:]
    object["rungs"] = .array([answer.rung.json] + (json["rungs"]?.array ?? []))
    guard case .finding(let finding) = answer, finding.isCertificate,
      let nearest = finding.controls.min()
    else {
      return OutputDescentAnswer(verdict: verdict, json: .object(object))
    }
    object["verdict"] = .string(OutputVerdict.sharedOutputSpace.rawValue)
    object["sentence"] = .string(
      VerdictSentence.sharedOutputSpace(
        suspect: suspect, reference: reference, residual: finding.residual,
        controls: finding.controls.count, nearest: nearest))
    return OutputDescentAnswer(verdict: .sharedOutputSpace, json: .object(object))
  }

  /// The same with a remark for whoever reads it.
  func noting(_ note: String) -> OutputDescentAnswer {
    var object = json.object ?? [:]
    object["note"] = .string(note)
    return OutputDescentAnswer(verdict: verdict, json: .object(object))
  }
}

/// One suspect against one reference, both lines.
public struct Comparison: Equatable, Sendable {
  public var reference: ComparedModel
  public var weightLineage: WeightLineage
  public var outputDescent: OutputDescentAnswer

  public var json: JSON {
    [
      "reference": reference.json, "weight_lineage": weightLineage.json,
      "output_descent": outputDescent.json,
    ]
  }
}

/// One suspect against all references.
public struct SuspectReport: Equatable, Sendable {
  public var suspect: ComparedModel
  public var comparisons: [Comparison]

  public var json: JSON {
    ["suspect": suspect.json, "comparisons": .array(comparisons.map(\.json))]
  }
}

/// The whole answer of one call.
public struct CompareResult: Sendable {
  public var reports: [SuspectReport]
  /// Models that could not be read; everything else was answered.
  public var unreadable: [Problem]
  /// How often a model's weights were read through: N suspects and M references cost N + M.
  public var passes: Int
  /// How often a model was run on the texts of the activation views: once as a reference, and once
  /// in the place of a suspect.
  public var runs = 0
  /// The numbers that the answers rest on, for an evidence pack.
  public var record = CompareRecord()

  /// 4 if a model could not be read, else 1 with a positive verdict, 3 if something is
  /// undecided, 0 if nothing was found.
  public var exitCode: ExitCode {
    if !unreadable.isEmpty { return .malformed }
    let all = reports.flatMap(\.comparisons)
    if all.contains(where: {
      $0.weightLineage.verdict.isPositive || $0.outputDescent.verdict.isPositive
    }) {
      return .no
    }
    if all.contains(where: {
      $0.weightLineage.verdict == .inconclusive || $0.outputDescent.verdict == .inconclusive
    }) {
      return .undecided
    }
    return .yes
  }

  /// The edges to record: what was found, in the vocabulary of edges.
  public var edges: [LineageEdge] {
    reports.flatMap { report in
      report.comparisons.flatMap { $0.edges(suspect: report.suspect) }
    }
  }
}
