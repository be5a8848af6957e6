import Base
import Fingerprint
import Foundation
import Ledger
import Testing

@testable import Comparison

/// Goal: a panel that was touched is noticed.
/// Method: two small models of the repository in a panel of their own; kept scores are bent, a
/// model is exchanged.
@Suite("A check of the panel")
struct PanelVerificationTests {
  private static let models = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Models").path

  private final class Stage {
    let folder: String
    init() throws { folder = try FileSystem.temporaryDirectory(prefix: "assay-panel") }
    deinit { try? FileSystem.remove(folder) }

    var cache: String { folder + "/outcomes" }
    func panel() throws -> PanelFile { try PanelFile(folder + "/panel.jsonl") }

    func add(_ name: String, as local: String) throws {
      let path = folder + "/" + local
      try? FileSystem.remove(path)
      try FileManager.default.copyItem(
        atPath: PanelVerificationTests.models + "/" + name, toPath: path)
    }

    func record(_ local: String) throws {
      let fingerprint = try Fingerprint.compute(
        model: folder + "/" + local, filesOnly: true, run: Run())
      try panel().adding([
        (ListedModel(path: folder + "/" + local, trainingText: ["wiki"]), fingerprint.filesRoot)
      ])
    }

    func verified(rescoring: Bool = false) throws -> PanelVerification {
      try PanelVerification(
        panel(), probes: .bundled(), cacheFolder: cache, rescoring: rescoring, run: Run(threads: 1))
    }

    func keepScores() throws {
      let probes = try ProbeSet.bundled()
      let models = ModelCache()
      for model in try panel().models {
        let opened = try models.open(model.path, run: Run())
        let outcomes = try OutcomeScoring(probes: probes)
          .outcomes(of: opened.model, id: "", run: Run(threads: 1))
        try OutcomeCache(folder: cache).store(
          OutcomeCache.key(model: opened.digest, probes: probes.digest, arithmetic: "exact"),
          outcomes)
      }
    }
  }

  @Test("holds while nothing was touched, with scores kept or not")
  func untouched() throws {
    let stage = try Stage()
    try stage.add("control-lit", as: "a")
    try stage.add("control-oth", as: "b")
    try stage.record("a")
    try stage.record("b")
    #expect(try stage.panel().models.map(\.trainingText) == [["wiki"], ["wiki"]])
    let bare = try stage.verified()
    #expect(bare.exitCode == .yes && bare.controls.map(\.kept) == [.absent, .absent])
    try stage.keepScores()
    #expect(try stage.verified().controls.map(\.kept) == [.whole, .whole])
    #expect(try stage.verified(rescoring: true).controls.map(\.kept) == [.reproduced, .reproduced])
  }

  @Test("notices an exchanged model, bent scores and a model that is gone, by name")
  func touched() throws {
    let stage = try Stage()
    try stage.add("control-lit", as: "a")
    try stage.record("a")
    try stage.keepScores()
    let name = try #require(try FileSystem.entries(of: stage.cache).first?.name)
    let path = stage.cache + "/" + name
    var bytes = try FileSystem.read(path, limitBytes: 1 << 30)
    bytes[bytes.count / 2] ^= 1
    try Data(bytes).write(to: URL(filePath: path))
    let bent = try stage.verified()
    #expect(bent.exitCode == .no && bent.controls[0].kept == .damaged)

    try stage.add("control-oth", as: "a")
    let exchanged = try stage.verified()
    #expect(exchanged.exitCode == .no && exchanged.controls[0].recorded != nil)
    #expect(exchanged.controls[0].found != exchanged.controls[0].recorded)

    try FileSystem.remove(stage.folder + "/a")
    let gone = try stage.verified()
    #expect(gone.exitCode == .no && gone.controls[0].problem != nil)
  }

  @Test("says nothing of a model whose fingerprint nobody recorded")
  func unrecorded() throws {
    let stage = try Stage()
    try stage.add("control-lit", as: "a")
    try Data("{\"path\":\"a\"}\n".utf8).write(to: URL(filePath: stage.folder + "/panel.jsonl"))
    let result = try stage.verified()
    #expect(result.exitCode == .undecided && result.controls[0].holds == nil)
    try Data("{\"path\":\"a\",\"fingerprint\":\"x\"}\n".utf8)
      .write(to: URL(filePath: stage.folder + "/panel.jsonl"))
    let problem = #expect(throws: Problem.self) { try stage.verified() }
    #expect(problem?.exitCode == .malformed)
  }
}
