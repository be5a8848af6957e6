// What one call of `compare` answers: a report for each suspect, the models that could not be read,
// and the exit code.

import Base

/// The whole answer of one call.
public struct CompareResult: Sendable {
  public var reports: [SuspectReport]
  /// Models that could not be read; everything else was answered.
  public var unreadable: [Problem]
  /// How often a model's weights were read through: N suspects and M references cost N + M.
  public var passes: Int
  /// The lines that were asked for.
  public var asked: [CompareRequest.Line] = CompareRequest.Line.allCases
  /// The line that the caller named; nil if none was, which a pack has to repeat.
  var only: CompareRequest.Line?
  /// How often a model was run on the texts of the activation views: once as a reference, and once
  /// in the place of a suspect.
  public var runs = 0
  /// The numbers that the answers rest on, for an evidence pack.
  public var record = ComparisonBasis()

  /// 4 if a model could not be read, else 1 with a positive verdict, 3 if something is undecided
  /// or a pair was not tested in a line that was asked for, 0 if nothing was found.
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
        || !wasTested($0)
    }) {
      return .undecided
    }
    return .yes
  }

  /// Whether every line that was asked for was tested on the pair.
  private func wasTested(_ pair: PairAnswer) -> Bool {
    asked.allSatisfy { line in
      switch line {
      case .weights: pair.weightLineage.verdict != .notTested
      case .outputs: pair.outputDescent.verdict != .notTested
      }
    }
  }

  /// The edges to record: what was found, in the vocabulary of edges.
  public var edges: [LineageEdge] {
    reports.flatMap { report in
      report.comparisons.flatMap { $0.edges(suspect: report.suspect) }
    }
  }
}
