// How many rows the ledger makes durable per fdatasync of the same disk.
//
//     assay-bench ledger [DIRECTORY [ROWS [BATCH]]]
//
// First the disk alone: overwrite one block, fdatasync, again and again. Then appends in batches,
// tiles and checkpoints included. The ratio of the two rates says what batching is worth and does
// not depend on how fast the disk is.

import Base
import Crypto
import Glibc
import Ledger

let ledgerBenchmark: @Sendable ([String]) throws -> Void = { words in
  let parent = words.first ?? FileSystem.currentDirectory()
  let rows = words.count > 1 ? Int(words[1]) ?? 0 : 50_000
  let batch = words.count > 2 ? Int(words[2]) ?? 0 : 4096
  guard rows > 0, batch > 0 else {
    throw Problem(.usage, "usage", reason: "ROWS and BATCH are positive numbers")
  }
  let folder = "\(parent)/ledger-bench-\(Hex.encode(SystemRandom.bytes(4)))"
  try FileSystem.makeDirectory(folder)
  defer { try? FileSystem.remove(folder) }

  // The disk before and after, since other work may share it.
  let before = try syncsPerSecond(folder)
  let appended = try rowsPerSecond(folder, rows: rows, batch: batch)
  let after = try syncsPerSecond(folder)
  let syncs = (before + after) / 2
  report("fdatasync", syncs, "per second (\(Int(before)) before, \(Int(after)) after)")
  report("append", appended, "rows per second in batches of \(batch)")
  report("append", appended / syncs, "rows per fdatasync")
}

private func syncsPerSecond(_ folder: String) throws -> Double {
  let path = folder + "/block"
  let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
  guard descriptor >= 0 else {
    throw Problem(.failure, "io", place: path, reason: "cannot open the file")
  }
  defer { close(descriptor) }
  let block = [UInt8](repeating: 0x5A, count: 4096)
  var count = 0
  let start = WallClock.monotonicSeconds()
  while count < 20 || WallClock.monotonicSeconds() - start < 2 {
    guard unsafe pwrite(descriptor, block, block.count, 0) == block.count,
      fdatasync(descriptor) == 0
    else { throw Problem(.failure, "io", place: path, reason: "cannot sync the file") }
    count += 1
  }
  return Double(count) / (WallClock.monotonicSeconds() - start)
}

private func rowsPerSecond(_ folder: String, rows: Int, batch: Int) throws -> Double {
  guard let key = Ed25519.PrivateKey(seed: [UInt8](repeating: 1, count: 32)),
    let signer = NoteSigner(name: "assay.example/bench", kind: .ed25519, key: key)
  else { throw Problem(.failure, "internal", reason: "the benchmark's key is not a key") }
  let ledger = try Ledger.create(at: folder + "/log", signer: signer)
  // About the size of a statement that names a digest.
  let entries = (0..<rows).map { row in
    Array("{\"row\":\(row),\"digest\":\"\(MerkleTree.leafHash([UInt8(row & 255)]).hex)\"}".utf8)
  }
  let start = WallClock.monotonicSeconds()
  for first in stride(from: 0, to: rows, by: batch) {
    _ = try ledger.append(Array(entries[first..<min(first + batch, rows)]))
  }
  let seconds = WallClock.monotonicSeconds() - start
  let check = LogVerifier(directory: folder + "/log", log: signer.verifier).check(run: Run())
  if let problem = check.problem { throw problem }
  return Double(rows) / seconds
}

private func report(_ what: String, _ value: Double, _ unit: String) {
  let tenths = Int((value * 10).rounded())
  let bytes = Array("\(what): \(tenths / 10).\(tenths % 10) \(unit)\n".utf8)
  _ = unsafe bytes.withUnsafeBytes { unsafe write(1, $0.baseAddress, $0.count) }
}
