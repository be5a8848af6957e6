// Writing a pack whose statements go to a ledger: what can fail is done before the entry is
// appended, which cannot be taken back.
//
//   1  everything but receipts and manifest is made, statements are signed
//   2  it is written to a hidden folder beside the path, and room is held for the rest
//   3  the ledger is opened, bodies are kept, the entries are appended
//   4  receipts, the log's key and the manifest are written where the room was held
//   5  the folder gets its name
//
// Until 3 an error leaves neither pack nor entry. What remains: a disk that fails, or something
// put at the path, between 3 and 5. The entry then stands, as it must, and the hidden folder is
// kept and named in the error: whole if only 5 failed. A crash there leaves the same folder; a
// receipt can be had again from the ledger at any time.

import Base
import Ledger

/// Writes the pack of one comparison.
public struct PackWriter: Sendable {
  let result: CompareResult
  let contents: PackContents
  let drawing: PackDrawing

  /// Room for one receipt: a path of 64 hashes and a checkpoint with many cosignatures fit.
  private static let receiptBytesMax = 32 << 10
  private static let blockBytes = 4096

  public init(
    _ result: CompareResult, probes: ProbeSet, drawing: @escaping PackDrawing
  ) throws(Problem) {
    self.result = result
    self.drawing = drawing
    contents = try PackContents(result, probes: probes)
  }

  /// Throws if a pack could not be written to this path: to be asked before long work.
  public static func check(_ path: String) throws(Problem) {
    try StagedDirectory(for: path).discard()
  }

  /// Writes a pack that nobody signed.
  public func write(to path: String) throws(Problem) -> EvidencePack {
    let pack = EvidencePack(
      contents, statements: try PackStatements(unsigned: result).files, drawing: drawing)
    try pack.write(to: path)
    return pack
  }

  /// Writes a pack whose statements are signed with the key of a state.
  /// - Parameter records: whether they go to its ledger, and their receipts into the pack.
  public func write(
    to path: String, state: StateDirectory, at time: Instant, records: Bool
  ) throws(Problem) -> EvidencePack {
    let statements = try PackStatements(result, state: state, at: time)
    let draft = EvidencePack(contents, statements: statements.files, drawing: drawing)
    guard records else {
      try draft.write(to: path)
      return draft
    }
    let staged = try StagedDirectory(for: path)
    let receipts: [EvidencePack.File]
    do throws(Problem) {
      try staged.add(draft.files.map(\.written))
      try staged.reserve(bytes: Self.room(draft, receipts: statements.entries.count))
      receipts = try statements.record(in: state)
    } catch {
      staged.discard()
      throw error
    }
    do throws(Problem) {
      let pack = EvidencePack(files: draft.files + receipts)
      try staged.release()
      try staged.add(receipts.map(\.written))
      try staged.add([pack.manifestFile.written])
      try staged.publish()
      return pack
    } catch {
      throw Problem(
        .failure, "pack_not_finished", place: path,
        reason: "the entries are in the ledger, and the pack could not be finished: "
          + error.reason,
        remedy: "what was written of it is in \(staged.temporary); if `assay verify --pack` "
          + "accepts that folder, give it a name, else compare again")
    }
  }

  private static func room(_ draft: EvidencePack, receipts: Int) -> Int {
    draft.manifest.count + (receipts + 1) * (receiptBytesMax + 2 * blockBytes)
  }
}
