// Reading the log: entries, verified statements, and where a model comes from.
//
// Promises: a statement is used only if a trusted key signed it; one that fails, or that cannot be
// read, becomes a finding with its index and is never used silently. Answers come in the order of
// the log.
// Does not: weigh edges against each other, or believe a name to be a model; `Audit` does that.

import Base
import Crypto
import Store

/// An entry as it stands in the log.
public struct Entry: Equatable, Sendable {
  /// Its position.
  public let index: Int
  /// Its bytes.
  public let bytes: [UInt8]
}

/// A statement whose signature was checked.
public struct RecordedStatement: Equatable, Sendable {
  /// Position of its entry.
  public let index: Int
  /// What was stated.
  public let statement: Statement
  /// The trusted key that signed it.
  public let signer: ECDSA.PublicKey
}

/// Statements of a part of the log, with what was wrong in it.
public struct Statements: Equatable, Sendable {
  /// In the order of the log.
  public var verified: [RecordedStatement] = []
  /// Entries that claim to be statements and cannot be relied on.
  public var findings: [Finding] = []
}

/// An edge whose statement was checked.
public struct RecordedEdge: Equatable, Sendable {
  /// Position of its entry.
  public let index: Int
  /// What was stated.
  public let statement: LineageStatement
  /// The trusted key that signed it.
  public let signer: ECDSA.PublicKey

  /// The edge itself.
  public var edge: LineageEdge { statement.edge }
}

/// Where a model comes from and what came from it, as far as the log says.
public struct Lineage: Equatable, Sendable {
  /// Edges on the paths up from the model. Those of undetermined direction are among them.
  public var ancestors: [RecordedEdge] = []
  /// Edges on the paths down from the model. Those of undetermined direction are among them.
  public var descendants: [RecordedEdge] = []
  /// Entries on the way that cannot be relied on.
  public var findings: [Finding] = []
  /// Whether the walk stopped at `Ledger.lineageNodeCountMax` models.
  public var isTruncated = false
}

extension Ledger {
  /// Entries by position; the range is cut to the log's size.
  public func entries(_ range: Range<Int>) throws(Problem) -> [Entry] {
    try database.snapshot { () throws(Problem) in
      let size = try size()
      let range = range.clamped(to: 0..<size)
      return try zip(range, entryBytes(range)).map { Entry(index: $0, bytes: $1) }
    }
  }

  /// The statements among the entries of a range that one of `trusted` has signed.
  public func statements(
    in range: Range<Int>, trusted: [ECDSA.PublicKey]
  ) throws(Problem) -> Statements {
    read(try entries(range), trusted)
  }

  /// The statements of one kind about a digest, be it as subject or as ancestor.
  public func statements(
    _ type: StatementType, about digest: Digest, trusted: [ECDSA.PublicKey]
  ) throws(Problem) -> Statements {
    var result = Statements()
    for kind in [type.uri, Self.unknownKind] {
      let entries = try database.query(
        """
        SELECT position, entry FROM ledger_subjects JOIN ledger_entries USING (position)
        WHERE digest = ? AND kind = ? ORDER BY position
        """, [.blob(digest.bytes), .text(kind)]
      ) { row in Entry(index: row.int(0), bytes: row.blob(1)) }
      let found = read(entries, trusted)
      result.verified += found.verified.filter { $0.statement.predicateType == type.uri }
      result.findings += found.findings
    }
    result.verified.sort { $0.index < $1.index }
    return result
  }

  /// The newest statement of one kind with this digest among its subjects; older ones are not
  /// read.
  public func newestStatement(
    _ type: StatementType, about digest: Digest, trusted: [ECDSA.PublicKey]
  ) throws(Problem) -> RecordedStatement? {
    var before = Int.max
    while true {
      let entries = try database.query(
        """
        SELECT position, entry FROM ledger_subjects JOIN ledger_entries USING (position)
        WHERE digest = ? AND kind IN (?, ?) AND position < ? ORDER BY position DESC LIMIT 8
        """,
        [.blob(digest.bytes), .text(type.uri), .text(Self.unknownKind), .int(before)]
      ) { row in Entry(index: row.int(0), bytes: row.blob(1)) }
      let found = read(entries, trusted).verified.first {
        $0.statement.predicateType == type.uri
          && $0.statement.subjects.contains { $0.sha256 == digest }
      }
      if let found { return found }
      guard let last = entries.last else { return nil }
      before = last.index
    }
  }

  /// How the index marks entries whose kind it does not know.
  private static let unknownKind = ""

  private func read(_ entries: [Entry], _ trusted: [ECDSA.PublicKey]) -> Statements {
    var result = Statements()
    for entry in entries where entry.bytes.first == UInt8(ascii: "{") {
      guard let envelope = try? Envelope(parsing: entry.bytes),
        envelope.payloadType == Statement.payloadType
      else { continue }  // an entry of another kind, not a claim of ours
      guard let payload = envelope.verified(by: trusted), let signer = payload.signers.first else {
        result.findings.append(
          entryFinding(
            "ledger-statement-unverified", entry.index,
            "no trusted key has signed the statement in entry \(entry.index); it is not used"))
        continue
      }
      do {
        let statement = try Statement(parsing: payload.bytes)
        result.verified.append(
          RecordedStatement(index: entry.index, statement: statement, signer: signer))
      } catch {
        result.findings.append(
          entryFinding("ledger-statement-malformed", entry.index, error.description))
      }
    }
    return result
  }
}

// MARK: The graph

extension Ledger {
  /// The walk from one model stops after this many models, and says so.
  public static let lineageNodeCountMax = 10_000

  /// Every edge on the paths up and down from a model, direct and indirect.
  public func lineage(
    of digest: Digest, trusted: [ECDSA.PublicKey]
  ) throws(Problem) -> Lineage {
    try database.snapshot { () throws(Problem) in
      var lineage = Lineage()
      var findings: [Int: Finding] = [:]
      lineage.ancestors = try walk(
        from: digest, trusted, &findings, &lineage.isTruncated, from: \.child, to: \.ancestor)
      lineage.descendants = try walk(
        from: digest, trusted, &findings, &lineage.isTruncated, from: \.ancestor, to: \.child)
      lineage.findings = findings.sorted { $0.key < $1.key }.map(\.value)
      return lineage
    }
  }

  /// Follows edges from their end `near` to their end `far`. An edge of undetermined direction
  /// is followed from either end.
  private func walk(
    from start: Digest, _ trusted: [ECDSA.PublicKey], _ findings: inout [Int: Finding],
    _ isTruncated: inout Bool, from near: KeyPath<LineageEdge, String>,
    to far: KeyPath<LineageEdge, String>
  ) throws(Problem) -> [RecordedEdge] {
    var edges: [Int: RecordedEdge] = [:]
    var seen: Set<Digest> = [start]
    var pending = [start]
    while let digest = pending.popLast() {
      let statements = try statements(.lineage, about: digest, trusted: trusted)
      for finding in statements.findings { findings[finding.details["index"]?.int ?? -1] = finding }
      for recorded in statements.verified {
        guard let edge = read(recorded, &findings) else { continue }
        let ends =
          edge.edge.direction == .undetermined ? [(near, far), (far, near)] : [(near, far)]
        for (near, far) in ends where edge.edge[keyPath: near] == digest.tagged {
          edges[edge.index] = edge
          guard let next = Digest(tagged: edge.edge[keyPath: far]) else { continue }
          guard seen.count < Self.lineageNodeCountMax else {
            isTruncated = true
            continue
          }
          if seen.insert(next).inserted { pending.append(next) }
        }
      }
    }
    return edges.values.sorted { $0.index < $1.index }
  }

  private func read(
    _ recorded: RecordedStatement, _ findings: inout [Int: Finding]
  ) -> RecordedEdge? {
    do throws(Problem) {
      return RecordedEdge(
        index: recorded.index, statement: try LineageStatement(recorded.statement),
        signer: recorded.signer)
    } catch {
      findings[recorded.index] = entryFinding(
        "ledger-statement-malformed", recorded.index, error.description)
      return nil
    }
  }
}

private func entryFinding(_ id: String, _ index: Int, _ message: String) -> Finding {
  Finding(
    id: id, severity: .error, message: message, place: "ledger entry \(index)",
    details: ["index": JSON(index)])
}
