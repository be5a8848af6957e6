// What came of one item of a manifest.

import Base
import Crypto

/// The result of one item.
struct ShardRecord: Sendable {
  let id: String
  let json: JSON
  let exitCode: ExitCode

  /// Runs an item. A model that cannot be read is a result too.
  init(
    running item: ManifestItem, _ question: ShardQuestion, runner: any JobRunner, run: Run
  ) throws(Problem) {
    let request = JobRequest.check(question.task(item.path))
    id = item.id
    do throws(Problem) {
      let outcome = try runner.run(request, run)
      exitCode = outcome.exitCode
      json = [
        "id": .string(id), "exit_code": JSON(Int(outcome.exitCode.rawValue)),
        "result": outcome.json,
      ]
    } catch {
      guard error.kind == .malformed || error.kind == .usage || error.kind == .refused else {
        throw error
      }
      exitCode = .malformed
      json = ["id": .string(id), "exit_code": 4, "error": error.json]
    }
  }

  /// Records as JSON lines.
  static func lines(_ records: [ShardRecord]) -> [UInt8] {
    var bytes: [UInt8] = []
    for record in records { bytes += record.json.canonicalBytes + [0x0A] }
    return bytes
  }

  init(id: String, json: JSON, exitCode: ExitCode) {
    self.id = id
    self.json = json
    self.exitCode = exitCode
  }
}
