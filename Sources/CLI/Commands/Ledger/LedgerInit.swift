// `assay ledger init`: a log in a directory of its own.

import Base
import Crypto
import Ledger

let ledgerInitCommand = Command(
  path: ["ledger", "init"],
  summary: "Make an empty log in a new directory",
  discussion: """
    The key is a signer key as golang.org/x/mod writes it: PRIVATE+KEY+name+id+base64. The log's
    origin must be the name of the key. The key is kept in the directory, readable by you alone.
    A state made by `assay init` has a log already.
    """,
  positionals: [Positional("DIR", "the directory to make")],
  options: [
    .value(
      "--origin", "NAME", "the log's name for ever, such as example.org/models", required: true),
    .value("--key", "FILE", "the signer key", required: true),
    .json,
  ],
  examples: [
    Example(
      "assay ledger init log --origin example.org/models --key signer.key",
      "makes log/ and publishes its first, empty checkpoint")
  ]
) { invocation in
  let directory = invocation.positional(0) ?? ""
  let signer = try readSigner(invocation.value("--key") ?? "", kind: .ed25519)
  let origin = ByteName(invocation.value("--origin") ?? "")
  guard signer.verifier.name == origin else {
    throw Problem(
      .usage, "origin_mismatch",
      reason: "the key's name is \"\(signer.verifier.name.text)\", the origin \"\(origin.text)\"",
      remedy: "give the name of the key as --origin")
  }
  let ledger = try Ledger.create(
    at: directory, signer: signer, passphrase: try StateDirectory.passphrase())
  let vkey = ledger.verifier.vkey
  if invocation.flag("--json") {
    invocation.output.json([
      "ledger": .string(directory), "origin": .string(origin.text), "vkey": .string(vkey),
    ])
  } else {
    invocation.output.line(vkey)
    invocation.output.note("made the log \(origin.text) in \(directory); above is its public key")
  }
  return .yes
}

/// Reads a file with one signer key of a kind.
func readSigner(_ path: String, kind: NoteKeyKind) throws(Problem) -> NoteSigner {
  let text = try readLine(of: path)
  guard let signer = NoteSigner(skey: text), signer.verifier.kind == kind else {
    throw Problem(
      .malformed, "bad_key", place: path,
      reason: kind == .ed25519
        ? "this is not a signer key PRIVATE+KEY+name+id+base64 of type 1"
        : "this is not a witness's signer key, PRIVATE+KEY+name+id+base64 of type 4",
      remedy: "give the file that holds the private key")
  }
  return signer
}

/// Reads a verifier key given as text on the command line.
func readVKey(_ text: String, option: String) throws(Problem) -> NoteVerifier {
  guard let key = NoteVerifier(vkey: text), key.kind == .ed25519 else {
    throw Problem(
      .usage, "bad_vkey", reason: "\(option): this is not a log's key name+id+base64",
      remedy: "give the text that `assay init` printed as vkey")
  }
  return key
}

/// The one line of a small file, without its newline.
private func readLine(of path: String) throws(Problem) -> String {
  let bytes = try FileSystem.read(path, limitBytes: KeyFile.byteCountMax)
  let line = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
  return String(decoding: line, as: UTF8.self)
}
