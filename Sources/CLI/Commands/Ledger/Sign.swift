// `assay sign` and `assay verify`: OpenSSF Model Signing, in both directions.

import Base
import Crypto
import Fingerprint
import Ledger

let signCommand = Command(
  path: ["sign"],
  summary: "Sign a model as OpenSSF Model Signing 1.0 says",
  discussion: """
    Every file of the model is hashed, and the list is signed. The tool model_signing verifies
    it, as `assay verify` does. A single file is signed as ".", whatever it is called. Root .git,
    .gitignore, .gitattributes and .github are outside of every such signature. Links inside a
    folder are refused; of a Hugging Face cache the files that its links mean are signed.
    """,
  positionals: [Positional("PATH", "a directory or one file")],
  options: [
    .value("--key", "FILE", "private key in PEM: P-256, P-384 or P-521", required: true),
    .value("--out", "SIG", "where the signature goes", required: true),
    .passphraseFile,
    .value("--cert", "FILE", "the key's certificate in PEM, for the certificate method"),
    .value("--chain", "FILE", "the certificates above it in PEM"),
    .repeated("--ignore", "REL", "leave a path within the model out; it is recorded"),
    .value("--shard-size", "BYTES", "sign pieces of files of this size"),
    .json,
  ] + Option.modelChoice,
  examples: [
    Example("assay sign model --key signer.pem --out model.sig", "signs with a key"),
    Example(
      "assay sign model --key k.pem --cert leaf.pem --chain ca.pem --out model.sig",
      "signs with a certificate"),
  ]
) { invocation in
  let key = try KeyFile.readECDSA(
    path: invocation.value("--key") ?? "", passphrase: try passphrase(invocation))
  var chain = try invocation.value("--cert").map { try readCertificates($0) } ?? []
  if let path = invocation.value("--chain") {
    guard !chain.isEmpty else {
      throw Problem(.usage, "usage", reason: "--chain needs --cert beside it")
    }
    chain += try readCertificates(path)
  }
  guard let signer = BundleSigner(key: key, chain: chain) else {
    throw Problem(
      .usage, "other_key", place: invocation.value("--cert"),
      reason: "the certificate belongs to another key than --key")
  }
  let out = invocation.value("--out") ?? ""
  let bundle = try Bundle.sign(
    try invocation.model(), signature: out,
    ignored: invocation.values("--ignore"),
    shardByteCount: try invocation.integer("--shard-size"), by: signer,
    run: try invocation.run())
  try DurableFile.replace(out, with: bundle.bytes)
  invocation.output.clearProgress()
  let root = try Statement(parsing: bundle.envelope.payload).subjects[0].sha256
  if invocation.flag("--json") {
    invocation.output.json(["signature": .string(out), "root_digest": JSON(root?.tagged)])
  } else {
    invocation.output.line("signed \(root?.tagged ?? "") in \(out)")
  }
  return .yes
}

let verifyCommand = Command(
  path: ["verify"],
  summary: "Verify the signature of a model, an evidence pack or a statement",
  discussion: """
    Exit 0: every file is as it was signed, and there is no other. Exit 1: it is not, or the
    signature does not hold. Exit 4: the signature file is malformed.
    With --pack: exit 0 if every file is as the manifest says, and digests, statistics, p-values,
    gates, verdicts, signatures and receipts follow from what is in the pack; 1 if anything
    differs; 4 if there is no manifest. It needs no network, and with --rescore the models.
    With --statement and --key: exit 0 if that key signed the statement (a DSSE envelope, such as
    the summary of `check --format vsa`) and, with PATH, if it is about this model; else 1.
    """,
  positionals: [Positional("PATH", "with --signature: a directory or one file", minimum: 0)],
  options: [
    .value("--signature", "SIG", "the signature of PATH"),
    .value("--pack", "DIR", "an evidence pack that `assay compare --pack` wrote"),
    .value("--statement", "FILE", "a signed in-toto statement, such as a verification summary"),
    .value("--key", "FILE", "the signer's public key in PEM, or the private one"),
    .passphraseFile,
    .value("--trust", "ROOTS", "trusted root certificates in PEM, for the certificate method"),
    .value("--at", "TIME", "the instant at which certificates must be valid (default: now)"),
    .flag("--ignore-unsigned", "do not mind files that the signature does not name"),
    .value("--vkey", "VKEY", "with --pack: the log's public key, for the receipts"),
    .flag("--rescore", "with --pack: score the models named here again"),
    .repeated("--suspect", "MODEL", "with --rescore: the suspect, wherever it lies"),
    .value("--recorded", "MODEL", "with --rescore: the suspect is a recording in MODEL's tokens"),
    .repeated("--reference", "MODEL", "with --rescore: a reference"),
    .value("--panel", "LIST", "with --rescore: controls; with every model, all is computed again"),
    .threads, .json,
  ] + Option.modelChoice,
  examples: [
    Example("assay verify --pack ./evidence", "does the verdict follow from what is in the pack?"),
    Example(
      "assay verify --pack ./evidence --rescore --suspect ./suspect --reference ./teacher",
      "do these models give the outcomes that the pack names?"),
    Example(
      "assay verify ./model --statement model.vsa.json --key state/keys/statement.pub.pem",
      "did this state say it, and of this model?"),
    Example("assay verify model --signature model.sig --key signer.pub", "is it what was signed?"),
    Example(
      "assay verify model --signature model.sig --trust ca.pem --at 2026-01-01T00:00:00Z",
      "was it, under a certificate that was valid then?"),
  ]
) { invocation in
  if invocation.value("--pack") != nil { return try invocation.verifyPack() }
  if invocation.value("--statement") != nil { return try invocation.verifyStatement() }
  guard let signature = invocation.value("--signature"), invocation.positional(0) != nil else {
    throw Problem(
      .usage, "usage", reason: "give PATH and --signature, or --pack or --statement",
      remedy: "see `assay verify --help`")
  }
  let trust = try readTrust(invocation)
  let report = report(signature, trust, invocation)
  invocation.output.clearProgress()
  if invocation.flag("--json") {
    invocation.output.json(report.json)
  } else {
    invocation.output.line(
      report.problem.map { "not verified: \($0)" }
        ?? "verified: \(report.root?.tagged ?? ""), \(report.files.count) files")
    for file in report.files where file.status != .ok {
      invocation.output.line("  \(file.status.rawValue)  \(file.path.text)")
    }
    for finding in report.findings { invocation.output.warn(finding.message) }
  }
  return report.problem?.exitCode ?? .yes
}

/// What the signature is worth; a signature file that cannot be read is an answer too.
private func report(
  _ signature: String, _ trust: BundleTrust, _ invocation: Invocation
) -> BundleReport {
  do throws(Problem) {
    return try Bundle(path: signature).verify(
      try invocation.model(), signature: signature, trust: trust,
      ignoresUnsigned: invocation.flag("--ignore-unsigned"),
      run: try invocation.run())
  } catch {
    return BundleReport(problem: error)
  }
}

/// What --key or --trust says; exactly one of them must be given.
private func readTrust(_ invocation: Invocation) throws(Problem) -> BundleTrust {
  switch (invocation.value("--key"), invocation.value("--trust")) {
  case (let path?, nil):
    guard invocation.value("--at") == nil else {
      throw Problem(.usage, "usage", reason: "--at belongs to --trust")
    }
    let pem = try InputFile.read(path, limitBytes: KeyFile.byteCountMax)
    // Whoever signs has the private key at hand, which holds the public one.
    if ECDSA.PublicKey(pem: pem) == nil,
      case .ecdsa(let key)? = try? KeyFile.parse(pem: pem, passphrase: try passphrase(invocation))
    {
      return .key(key.publicKey)
    }
    return .key(try KeyFile.publicKey(pem: pem, of: path))
  case (nil, let path?):
    var instant = WallClock.system.now()
    if let text = invocation.value("--at") {
      guard let given = Instant(rfc3339: text) else {
        throw Problem(
          .usage, "bad_value", reason: "--at \(text): an RFC 3339 time is needed",
          remedy: "write it as 2026-01-31T12:00:00Z")
      }
      instant = given
    }
    return .roots(try readCertificates(path), at: instant)
  default:
    throw Problem(.usage, "usage", reason: "give either --key or --trust")
  }
}

extension Option {
  /// What opens an encrypted private key.
  fileprivate static let passphraseFile = Option.value(
    "--passphrase-file", "FILE", "its first line opens an encrypted private key")
}

/// The passphrase of the private key: the first line of the file that is named, else what the
/// environment holds.
private func passphrase(_ invocation: Invocation) throws(Problem) -> [UInt8]? {
  guard let path = invocation.value("--passphrase-file") else {
    return try StateDirectory.passphrase()
  }
  let bytes = try FileSystem.read(path, limitBytes: KeyFile.byteCountMax)
  var line = bytes.prefix { $0 != UInt8(ascii: "\n") }
  if line.last == UInt8(ascii: "\r") { line.removeLast() }
  return Array(line)
}

private func readCertificates(_ path: String) throws(Problem) -> [Certificate] {
  let pem = try InputFile.read(path, limitBytes: 1 << 20)
  guard let certificates = Certificate.all(inPEM: pem) else {
    throw Problem(
      .malformed, "bad_certificate", place: path, reason: "there is no readable certificate in it")
  }
  return certificates
}
