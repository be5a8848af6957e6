// `verify --pack --rescore`: the numbers of a pack, made again from the models.
//
// A model is known by its digest, wherever it lies. With every model of the pack at hand the whole
// comparison runs again, under the pack's names and probes, and each document must have the same
// bytes. With some of them, each is scored on the pack's probes, and its outcomes must have the
// digest that the pack names.

import Base
import Evidence
import Formats

/// Paths of models to score again.
public struct PackModels: Sendable {
  public var paths: [String]
  /// In the place of the suspect, if the pack is about recorded outputs.
  public var recording: RecordedOutputs?

  public init(paths: [String], recording: RecordedOutputs? = nil) {
    self.paths = paths
    self.recording = recording
  }
}

struct PackRescore {
  let documents: PackDocuments
  let models: PackModels
  private let cache: ModelCache

  init(_ documents: PackDocuments, models: PackModels) {
    self.documents = documents
    self.models = models
    cache = ModelCache()
  }

  func checks(_ run: Run) throws(Problem) -> [PackCheck] {
    let known = documents.models.identities
    var paths: [Digest: String] = [:]
    var checks: [PackCheck] = []
    for path in models.paths {
      paths[try cache.open(path, run: run).digest] = path
    }
    if let recording = models.recording { paths[recording.digest] = recording.path }
    for (bundle, path) in paths.sorted(by: { ByteName($0.value) < ByteName($1.value) })
    where known[bundle] == nil {
      checks.append(
        PackCheck(
          "rescore", passed: false,
          "\(path) is \(bundle.tagged), which is no model of this pack"))
    }
    guard checks.isEmpty else { return checks }
    return known.keys.allSatisfy { paths[$0] != nil }
      ? try whole(paths, run) : try single(paths, run)
  }

  // MARK: Some models

  private func single(
    _ paths: [Digest: String], _ run: Run
  ) throws(Problem) -> [PackCheck] {
    guard let probes = documents.probes else {
      return [
        PackCheck(
          "rescore", "\(paths.count) models have the digests of the pack; it scored no outputs")
      ]
    }
    let scoring = OutcomeScoring(probes: probes)
    var checks: [PackCheck] = []
    for (bundle, path) in paths.sorted(by: { $0.key < $1.key }) {
      guard let wanted = documents.models.outcomes[bundle] else {
        checks.append(PackCheck("rescore", "\(path): the pack holds no outcomes of it"))
        continue
      }
      let outcomes: ByteOutcomes
      if let recording = models.recording, recording.digest == bundle {
        outcomes = try recording.outcomes(on: probes)
      } else {
        outcomes = try scoring.outcomes(
          of: try cache.open(path, run: run).model, id: path, run: run)
      }
      let digest = OutcomeCache.digest(outcomes)
      checks.append(
        PackCheck(
          "rescore", passed: digest == wanted,
          digest == wanted
            ? "\(path): \(outcomes.positions.count) positions have the outcomes \(digest.tagged)"
            : "\(path): its outcomes are \(digest.tagged), the pack names \(wanted.tagged)"))
    }
    return checks
  }

  // MARK: Every model

  private func whole(
    _ paths: [Digest: String], _ run: Run
  ) throws(Problem) -> [PackCheck] {
    func listed(_ model: ComparedModel) -> ListedModel {
      ListedModel(
        path: paths[model.fingerprint] ?? "", trainingText: model.trainingText, name: model.id)
    }
    let list = documents.models
    let probes: ProbeSet
    if let given = documents.probes { probes = given } else { probes = try ProbeSet.bundled() }
    let recording = models.recording?.named(list.suspect.id)
    var request = CompareRequest(
      suspects: recording == nil ? [listed(list.suspect)] : [],
      references: list.references.map(listed), panel: list.controls.map(listed),
      only: documents.only)
    request.keepsRecord = true
    request.recorded = recording
    let settings = OutputSettings(
      probes: probes,
      confirmsAll: documents.outputs?.panel.confirmsAll ?? false)
    let result = try CompareJob(models: cache, outputs: settings).run(request, run: run)
    let made = EvidencePack(files: try PackContents(result, probes: probes).documents)
    return made.files.filter { $0.path != EvidencePack.Name.pack }.map { file in
      let isSame = documents.pack[file.path] == file.bytes
      return PackCheck(
        "rescore", passed: isSame,
        isSame
          ? "\(file.path) is made again, byte for byte"
          : "\(file.path) is otherwise when it is made again")
    }
  }
}
