// `assay verify --statement`: who signed a statement, and what it is about.
//
// Promises: what is printed was signed; of an envelope whose signature does not hold nothing is
// told. Does not: ask whether the statement is true.

import Base
import Crypto
import Fingerprint
import Formats

extension Invocation {
  /// Runs `verify` for a DSSE envelope with an in-toto statement.
  func verifyStatement() throws -> ExitCode {
    for option in ["--signature", "--trust", "--at", "--ignore-unsigned", "--vkey"]
    where !values(option).isEmpty {
      throw Problem(
        .usage, "usage", place: option, reason: "this does not go with --statement",
        remedy: "see `assay verify --help`")
    }
    let file = value("--statement") ?? ""
    let key = try publicKey()
    let envelope: Envelope
    do throws(Problem) {
      envelope = try Envelope(
        parsing: try InputFile.read(file, limitBytes: StatementFile.byteCountMax))
    } catch { throw error.at(file) }
    guard envelope.payloadType == Statement.payloadType,
      let payload = envelope.verified(by: [key])
    else { return notVerified("bad_signature", "this key did not sign it", file) }
    let statement: Statement
    do throws(Problem) { statement = try Statement(parsing: payload.bytes) } catch {
      throw error.at(file)
    }
    let model =
      positional(0) != nil
      ? try Fingerprint.compute(try model(), filesOnly: true, run: try run()).filesRoot : nil
    output.clearProgress()
    guard model == nil || statement.subjects.contains(where: { $0.sha256 == model }) else {
      return notVerified("other_model", "it is about another model than this", file)
    }
    tell(statement)
    return .yes
  }

  private func tell(_ statement: Statement) {
    if flag("--json") {
      output.json([
        "ok": true, "predicate_type": .string(statement.predicateType),
        "subjects": .array(statement.subjects.map { JSON($0.sha256?.tagged) }),
        "predicate": statement.predicate,
      ])
      return
    }
    output.line("verified: \(statement.predicateType)")
    for subject in statement.subjects {
      output.line("  \(subject.name ?? "no name")  \(subject.sha256?.short ?? "no sha256")")
    }
    if let result = statement.predicate["verificationResult"]?.string {
      output.line("  result: \(result)")
    }
  }

  private func notVerified(_ code: String, _ reason: String, _ file: String) -> ExitCode {
    if flag("--json") {
      output.json([
        "ok": false, "error": Problem(.refused, code, place: file, reason: reason).json,
      ])
    } else {
      output.line("not verified: \(reason) (\(file))")
    }
    return .no
  }

  /// `--key`: the public key that must have signed.
  private func publicKey() throws(Problem) -> ECDSA.PublicKey {
    guard let path = value("--key") else {
      throw Problem(
        .usage, "usage", reason: "--statement needs --key",
        remedy: "the key of a state is keys/statement.pub.pem in it")
    }
    return try KeyFile.readPublic(path)
  }
}

/// A statement in a file.
private enum StatementFile {
  static let byteCountMax = 16 << 20
}
