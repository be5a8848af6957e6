// Signed notes: a text, an empty line, signature lines.
//
// Spec: https://c2sp.org/signed-note
//
//     <text, ends in \n>
//     \n
//     — <name> <base64(4-byte key id || signature)>\n      one or more; U+2014 and a space
//
// Promises: reading is total; a note has one spelling (base64 is canonical, no control character
// but newline). The text ends at the last empty line, so it may hold empty lines itself.
// A failing signature of a known key spoils the note, even beside a good one; lines of unknown
// keys are kept and ignored.
// Does not: know what the text says; see `Checkpoint`.

import Base
import Crypto

/// Why bytes from outside are not accepted: they cannot be read, or what they claim is false.
public enum Refusal: Error, Equatable, Sendable {
  case malformed(String)
  case rejected(String)

  /// As a problem of exit code 4 or 1.
  public func problem(_ code: String, at place: String? = nil) -> Problem {
    switch self {
    case .malformed(let reason): Problem(.malformed, code, place: place, reason: reason)
    case .rejected(let reason): Problem(.refused, code, place: place, reason: reason)
    }
  }
}

/// A note whose signatures nobody has checked yet.
public struct SignedNote: Equatable, Sendable {
  /// One signature line.
  public struct Line: Equatable, Sendable {
    /// Who claims to have signed.
    public let name: ByteName
    /// Which of the signer's keys.
    public let id: UInt32
    /// What follows the key id.
    public let signature: [UInt8]
  }

  /// The text with its final newline: what is signed.
  public let text: [UInt8]
  /// Signature lines in their order.
  public private(set) var lines: [Line]

  /// A note is a few hundred bytes; more than this is refused.
  public static let byteCountMax = 1 << 20
  /// As many as golang.org/x/mod accepts.
  public static let lineCountMax = 100
}

// MARK: Reading and writing

extension SignedNote {
  /// Reads a note.
  public init(reading bytes: [UInt8]) throws(Refusal) {
    guard bytes.count <= Self.byteCountMax else { throw .malformed("the note is too long") }
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw .malformed("the note is not UTF-8")
    }
    guard bytes.allSatisfy({ $0 >= 0x20 || $0 == newline }) else {
      throw .malformed("the note holds a control character")
    }
    guard bytes.last == newline, let end = Self.lastEmptyLine(bytes) else {
      throw .malformed("no empty line parts text and signatures")
    }
    text = Array(bytes[..<end])
    lines = []
    let rest = bytes[(end + 1)...].dropLast()
    guard !rest.isEmpty else { throw .malformed("the note has no signature") }
    for line in rest.split(separator: newline, omittingEmptySubsequences: false) {
      guard lines.count < Self.lineCountMax else { throw .malformed("too many signatures") }
      guard let line = Line(reading: line) else {
        throw .malformed("a signature line is malformed")
      }
      lines.append(line)
    }
  }

  /// Where the last empty line stands: the index of its newline.
  private static func lastEmptyLine(_ bytes: [UInt8]) -> Int? {
    bytes.indices.dropFirst().last { bytes[$0] == newline && bytes[$0 - 1] == newline }
  }

  /// The whole note.
  public var bytes: [UInt8] { text + [newline] + lines.flatMap(\.bytes) }

  /// Signs a text, which must end in a newline. `time`: Unix seconds, for cosignatures.
  public init(signing text: [UInt8], by signer: NoteSigner, time: UInt64 = 0) throws(Problem) {
    precondition(text.last == newline, "the text of a note ends in a newline")
    self.text = text
    lines = []
    try add(signer, time: time)
  }

  /// Adds one more signature over the same text.
  public mutating func add(_ signer: NoteSigner, time: UInt64 = 0) throws(Problem) {
    let signature = try signer.sign(text, time: time)
    lines.append(
      Line(name: signer.verifier.name, id: signer.verifier.id, signature: signature))
  }
}

extension SignedNote.Line {
  /// Reads `— name base64` without its newline.
  init?(reading line: ArraySlice<UInt8>) {
    guard line.starts(with: dash) else { return nil }
    let fields = line.dropFirst(dash.count).split(
      separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
    guard fields.count == 2, isNoteKeyName(Array(fields[0])),
      let blob = Base64.decode(String(decoding: fields[1], as: UTF8.self)), blob.count > 4
    else { return nil }
    name = ByteName(bytes: Array(fields[0]))
    id = blob.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    signature = Array(blob.dropFirst(4))
  }

  /// The line with its newline.
  public var bytes: [UInt8] {
    let idBytes = (0..<4).map { UInt8(truncatingIfNeeded: id >> (24 - 8 * UInt32($0))) }
    return dash + name.bytes + Array(" \(Base64.encode(idBytes + signature))\n".utf8)
  }
}

// MARK: Checking

extension SignedNote {
  /// The known keys that signed, each once, in the order of the lines. Rejects when a line of a
  /// known key does not verify, or when no known key signed.
  public func verified(by known: [NoteVerifier]) throws(Refusal) -> [NoteVerifier] {
    var signers: [NoteVerifier] = []
    for line in lines {
      for key in known where key.name == line.name && key.id == line.id {
        guard key.verify(line.signature, of: text) else {
          throw .rejected("the signature of \(key.name.text) does not verify")
        }
        if !signers.contains(key) { signers.append(key) }
      }
    }
    guard !signers.isEmpty else { throw .rejected("no known key has signed") }
    return signers
  }
}

let newline = UInt8(ascii: "\n")
/// An em dash and a space.
private let dash: [UInt8] = [0xE2, 0x80, 0x94, 0x20]
