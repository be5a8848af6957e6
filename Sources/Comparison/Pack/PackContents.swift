// The documents of a pack, made of one comparison: each a function of the answer and its record, so
// that whoever has the models makes the same bytes.

import Base
import Evidence

/// What a pack of one suspect is made of.
public struct PackContents: Sendable {
  let report: SuspectReport
  let record: ComparisonBasis
  let asked: [CompareRequest.Line]
  /// Nil if outputs were not compared.
  let probes: ProbeSet?

  /// - Parameter result: the answer for one suspect, from a request that kept its record.
  public init(_ result: CompareResult, probes: ProbeSet) throws(Problem) {
    if let problem = result.unreadable.first { throw problem }
    guard result.reports.count == 1, let report = result.reports.first else {
      throw Problem(
        .usage, "one_suspect", reason: "a pack is about one suspect",
        remedy: "compare each suspect by itself to make packs")
    }
    self.report = report
    record = result.record
    asked = result.only.map { [$0] } ?? CompareRequest.Line.allCases
    self.probes = result.record.outputs.isEmpty ? nil : probes
  }

  /// Everything but statements, figures and words.
  public var documents: [EvidencePack.File] {
    var files = [
      EvidencePack.File(EvidencePack.Name.pack, PackRules(asked: asked).json),
      EvidencePack.File(EvidencePack.Name.verdict, report.portable),
      EvidencePack.File(EvidencePack.Name.models, record.manifest),
    ]
    if !record.weights.isEmpty {
      files.append(
        EvidencePack.File(
          EvidencePack.Name.weights, PackWeights(records: record.weights[0]).json))
    }
    if let probes { files.append(EvidencePack.File(EvidencePack.Name.probes, probes.lines)) }
    if let outputs = record.outputs.first ?? nil {
      files.append(EvidencePack.File(EvidencePack.Name.outputs, outputs.json))
    }
    if let power = PackPower(of: report) {
      files.append(EvidencePack.File(EvidencePack.Name.power, power.json))
    }
    return files
  }
}
