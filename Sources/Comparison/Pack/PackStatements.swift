// The statements of a pack: what the comparison claims, as in-toto statements. With a state they
// are signed by its key and, unless nothing is to be recorded, come with their receipts from the
// ledger. Without one they are bodies that nobody vouches for, and equal answers give equal bytes.

import Base
import Crypto
import Ledger

/// Statements, and what shows who made them and when.
public struct PackStatements: Sendable {
  /// Statements or envelopes, and the key if they are signed.
  public let files: [EvidencePack.File]
  /// Signed statements as the ledger takes them.
  let entries: [[UInt8]]
  private let bodies: [[UInt8]]

  /// What the statements name: verdict.json.
  private static func body(_ report: SuspectReport) -> [UInt8] { report.portable.canonicalBytes }

  /// Statements that nobody signed.
  public init(unsigned result: CompareResult) throws(Problem) {
    let statements = try result.statements(at: nil, body: Self.body).statements
    entries = []
    bodies = []
    files = statements.enumerated().map { index, statement in
      EvidencePack.File(EvidencePack.Name.statement(index), statement.bytes)
    }
  }

  /// Statements signed with the key of a state.
  public init(
    _ result: CompareResult, state: StateDirectory, at time: Instant
  ) throws(Problem) {
    let (statements, bodies) = try result.statements(at: time, body: Self.body)
    self.bodies = bodies
    entries = try Recorder(state: state).entries(statements)
    var files = entries.enumerated().map { index, entry in
      EvidencePack.File(EvidencePack.Name.statement(index), entry)
    }
    for (index, entry) in entries.enumerated()
    where try StatementCheck.payload(entry).1.spilledBody != nil {
      files.append(
        EvidencePack.File(
          EvidencePack.Name.body(index), statements[index].predicate.canonicalBytes))
    }
    if let key = try state.trustedKeys().first {
      files.append(EvidencePack.File(EvidencePack.Name.statementKey, key.pem))
    }
    self.files = files
  }

  /// Appends the signed statements to the ledger of a state, as the last thing done there.
  /// - Returns: receipts and the log's public key, for the pack.
  func record(in state: StateDirectory) throws(Problem) -> [EvidencePack.File] {
    let vkey = try state.openLedger().verifier.vkey
    for body in bodies { _ = try state.blobs.put(body) }
    return try Recorder(state: state).append(entries).enumerated().map { index, receipt in
      EvidencePack.File(EvidencePack.Name.receipt(index), receipt.tlogProof.bytes)
    } + [EvidencePack.File(EvidencePack.Name.logKey, Array((vkey + "\n").utf8))]
  }
}

/// Keys that a verifier trusts by other ways than the pack.
public struct PackTrust: Sendable {
  public var statementKey: ECDSA.PublicKey?
  public var log: NoteVerifier?

  public init(statementKey: ECDSA.PublicKey? = nil, log: NoteVerifier? = nil) {
    self.statementKey = statementKey
    self.log = log
  }
}

/// Holds the statements of a pack to its verdict.
struct StatementCheck {
  let pack: EvidencePack
  let verdict: SuspectReport
  let trust: PackTrust

  /// What is wrong, else a sentence that says what was found.
  func run() throws(Problem) -> (problem: String?, detail: String) {
    let paths = pack.files.map(\.path).filter { $0.hasPrefix("statements/") }
    guard let first = pack[EvidencePack.Name.statement(0)] else {
      return ("there is no statement", "")
    }
    let time = try ComparisonStatement.time(of: whole(Self.payload(first).1, 0))
    let result = CompareResult(reports: [verdict], unreadable: [], passes: 0)
    let wanted = try result.statements(at: time, body: { $0.portable.canonicalBytes }).statements
    guard paths.count == wanted.count else {
      return ("\(paths.count) statements, and the verdict makes \(wanted.count)", "")
    }
    var isSigned = false
    for (index, statement) in wanted.enumerated() {
      guard let bytes = pack[EvidencePack.Name.statement(index)] else {
        return ("statement \(index) is missing", "")
      }
      let (envelope, stated) = try Self.payload(bytes)
      guard try whole(stated, index).bytes == statement.bytes else {
        return ("statement \(index) says otherwise than the verdict", "")
      }
      if let problem = try signature(envelope, index) { return (problem, "") }
      isSigned = envelope != nil
    }
    if let problem = try receipts(wanted.count) { return (problem, "") }
    return (nil, words(wanted.count, isSigned: isSigned))
  }

  private func words(_ count: Int, isSigned: Bool) -> String {
    guard isSigned else { return "\(count) statements agree with the verdict; nobody signed them" }
    let signer =
      trust.statementKey == nil
      ? "by the key in the pack, which only the pack vouches for" : "by the key that was given"
    guard pack[EvidencePack.Name.logKey] != nil else {
      return "\(count) statements agree with the verdict, signed \(signer)"
    }
    let log = trust.log == nil ? "of the log whose key is in the pack" : "of the log that was named"
    return "\(count) statements agree with the verdict, signed \(signer), with receipts \(log)"
  }

  /// The statement with its predicate, from the pack if the entry had no room for it.
  private func whole(_ stated: Statement, _ index: Int) throws(Problem) -> Statement {
    guard stated.spilledBody != nil else { return stated }
    let name = EvidencePack.Name.body(index)
    guard let body = pack[name] else {
      throw PackVerifier.differs(
        "\(name) is missing, and statement \(index) says nothing without it")
    }
    return try stated.expanded(with: body, place: name)
  }

  private func signature(_ envelope: Envelope?, _ index: Int) throws(Problem) -> String? {
    let pem = pack[EvidencePack.Name.statementKey]
    guard let envelope else {
      return pem == nil && trust.statementKey == nil ? nil : "statement \(index) is not signed"
    }
    guard let key = trust.statementKey ?? pem.flatMap({ ECDSA.PublicKey(pem: $0) }) else {
      return "the key of statement \(index) is missing"
    }
    guard envelope.payloadType == Statement.payloadType, envelope.verified(by: [key]) != nil else {
      return "the signature of statement \(index) does not hold"
    }
    return nil
  }

  private func receipts(_ count: Int) throws(Problem) -> String? {
    guard let text = pack[EvidencePack.Name.logKey] else {
      let isAsked = trust.log != nil || pack[EvidencePack.Name.receipt(0)] != nil
      return isAsked ? "there is no key of a log for the receipts" : nil
    }
    let vkey = String(decoding: text.dropLast(), as: UTF8.self)
    guard let log = trust.log ?? NoteVerifier(vkey: vkey) else { return "the log's key is no vkey" }
    for index in 0..<count {
      guard let entry = pack[EvidencePack.Name.statement(index)],
        let bytes = pack[EvidencePack.Name.receipt(index)]
      else { return "the receipt of statement \(index) is missing" }
      do throws(Refusal) {
        let receipt = try TlogProof(reading: bytes)
        let checkpoint = try Checkpoint(
          verifying: receipt.checkpoint, origin: log.name, logs: [log])
        let proof = InclusionProof(
          index: receipt.index, size: checkpoint.size, path: receipt.path)
        guard proof.holds(leafHash: MerkleTree.leafHash(entry), root: checkpoint.root) else {
          return "the receipt of statement \(index) is for another entry"
        }
      } catch {
        return "the receipt of statement \(index): \(error.problem("bad_receipt").reason)"
      }
    }
    return nil
  }
}
