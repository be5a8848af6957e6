// The documents of a pack, made of one comparison: each a function of the answer and its record, so
// that whoever has the models makes the same bytes.

import Base
import Evidence
import Fingerprint

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
    asked = result.asked
    self.probes = result.record.outputs.isEmpty ? nil : probes
  }

  /// Everything but statements, figures and words.
  public var documents: [EvidencePack.File] {
    var files = [
      EvidencePack.File(EvidencePack.Name.pack, PackRules.json(asked: asked)),
      EvidencePack.File(EvidencePack.Name.verdict, report.portable),
      EvidencePack.File(EvidencePack.Name.models, models),
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
    if let power = PackPower.document(report.portable) {
      files.append(EvidencePack.File(EvidencePack.Name.power, power))
    }
    return files
  }

  private var models: JSON {
    let all = record.suspects + record.references + record.panel
    var identities: JSONObject = [:]
    for model in all.sorted(by: { $0.fingerprint.filesRoot < $1.fingerprint.filesRoot }) {
      identities[model.fingerprint.filesRoot.tagged] = model.fingerprint.json(withTensors: true)
    }
    if let recording = record.recording {
      identities[recording.digest.tagged] = recording.identity
    }
    var outcomes: JSONObject = [:]
    for (model, digest) in record.outcomes.sorted(by: { $0.key < $1.key }) {
      outcomes[model.tagged] = .string(digest.tagged)
    }
    return [
      "suspect": record.recording?.json ?? record.suspects.first?.json ?? .null,
      "references": .array(record.references.map(\.json)),
      "controls": .array(record.panel.map(\.json)),
      "identities": .object(identities), "outcomes": .object(outcomes),
    ]
  }
}

extension ComparedIdentity {
  var json: JSON {
    [
      "id": .string(id), "fingerprint": .string(fingerprint.filesRoot.tagged),
      "training_text": JSON(trainingText),
    ]
  }
}

extension RecordedIdentity {
  var json: JSON {
    [
      "id": .string(id), "fingerprint": .string(digest.tagged), "training_text": [],
      "kind": .string(ComparedModel.recordingKind),
    ]
  }

  /// In the place of a model's digests: those of its one file.
  var identity: JSON {
    [
      "kind": .string(ComparedModel.recordingKind), "sha256": .string(digest.tagged),
      "bytes": JSON(byteCount),
    ]
  }
}

extension SuspectReport {
  /// The answer without what belongs to the machine that gave it: paths, and how many models came
  /// from a cache.
  public var portable: JSON {
    [
      "suspect": suspect.named,
      "comparisons": .array(
        comparisons.map { comparison in
          var outputs = comparison.outputDescent
          outputs.passes = nil
          return [
            "reference": comparison.reference.named,
            "weight_lineage": comparison.weightLineage.json, "output_descent": outputs.json,
          ]
        }),
    ]
  }
}

extension ProbeSet {
  /// The texts as they are used, one a line; reading them again gives the same set.
  var lines: [UInt8] {
    documents.flatMap { text in
      JSON.object(["text": .string(String(decoding: text, as: UTF8.self))]).canonicalBytes + [0x0A]
    }
  }
}

extension OutputSums {
  /// The record, with the bundle of each model of it.
  var json: JSON {
    [
      "bundles": .array(models.map { .string($0.tagged) }), "record": panel.json,
      "method": .string(ContrastResult.method),
    ]
  }

  init(json: JSON) throws(Problem) {
    panel = try PanelRecord(json: json["record"] ?? .null)
    models = (json["bundles"]?.array ?? []).compactMap {
      $0.string.flatMap(Digest.init(tagged:))
    }
    guard models.count == panel.models.count, Set(models).count == models.count else {
      throw Problem(
        .malformed, "bad_record", place: "/bundles",
        reason: "one digest for each model of the record is wanted")
    }
  }

  /// The result for each reference; nil for the suspect itself, its relatives by weights, a model
  /// that is not in the record, and where too few controls are left.
  func results(for references: [Digest], run: Run) throws(Problem) -> [ContrastResult?] {
    let results = try panel.results(run: run)
    let relatives = panel.models[panel.suspect].relatives
    return references.map { reference in
      guard let index = models.firstIndex(of: reference), index != panel.suspect,
        !relatives.contains(index), let place = panel.references.firstIndex(of: index)
      else { return nil }
      return results[place]
    }
  }
}
