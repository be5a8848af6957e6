// A trial of given pairs in a temporary state, for the tests of its steps.

import Base
import Crypto
import Evidence
import Foundation
import Ledger
import Testing

@testable import Trials

/// A folder with a state and a trial of given pairs, gone at the end.
final class TrialStage: Sendable {
  let folder: String
  let state: StateDirectory
  let trial: TrialFolder

  init(customers: [String] = [], pairs: Int = 16) throws {
    folder = try FileSystem.temporaryDirectory(prefix: "assay-trial")
    state = StateDirectory(folder + "/state")
    _ = try state.create()
    trial = TrialFolder(folder + "/trial")
    _ = try TrialStage.creation(customers).create(
      given: TrialStage.pairs(pairs, in: folder), model: nil, at: trial.path)
  }

  deinit { try? FileSystem.remove(folder) }

  static func creation(_ customers: [String] = []) -> TrialCreation {
    TrialCreation(options: .init(run: Run(threads: 1)), customers: customers)
  }

  static func pairs(_ count: Int, in folder: String) throws -> String {
    let file = folder + "/given.jsonl"
    let lines = (0..<count).map { index in
      #"{"index":\#(index),"prompt":"p\#(index)","a":"left \#(index)","b":"right \#(index)"}"#
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: file))
    return file
  }

  func commit(_ beacon: String? = nil) throws -> TrialReceipt {
    try TrialCommit(state: state).commit(
      trial, beacon: try beacon.map { try TrialBeacon($0) }, references: [])
  }

  var log: NoteVerifier? {
    get throws {
      let text = try String(contentsOfFile: trial.file(TrialFolder.verifierName), encoding: .utf8)
      return NoteVerifier(vkey: text.trimmingCharacters(in: .newlines))
    }
  }

  /// What is handed out.
  @discardableResult
  func lines(_ customer: String?, _ index: Int? = nil, stated: Bool = false) throws -> [JSON] {
    var bytes: [UInt8] = []
    _ = try TrialServing(trial).serve(
      customer: customer, index: index, state: stated ? state : nil, run: Run()
    ) { bytes += $0 }
    return try bytes.split(separator: 0x0A).map { try JSON.parse(Array($0)) }
  }

  func reveal(_ name: String = "public", customers: [String] = []) throws -> TrialFolder {
    _ = try TrialReveal.reveal(trial, customers: customers, to: folder + "/" + name)
    return TrialFolder(folder + "/" + name)
  }

  func verify(_ folder: TrialFolder, signed: Bool = true) throws -> TrialVerification {
    try TrialVerification(
      folder, log: try log, signer: signed ? try state.trustedKeys().first : nil)
  }

  /// Replaces text in a file; the text must be there.
  func bend(_ file: String, _ old: String, _ new: String) throws {
    let text = try String(contentsOfFile: file, encoding: .utf8)
    try #require(text.contains(old))
    let range = try #require(text.range(of: old))
    try text.replacingCharacters(in: range, with: new)
      .write(toFile: file, atomically: true, encoding: .utf8)
  }
}

func problem(_ body: () throws -> Void) -> Problem? {
  do { try body() } catch { return error as? Problem }
  return nil
}
