// A record of a part, read back from its line. The line is kept as it stands: merging copies it.

import Base

extension ShardRecord {
  /// Nil for any JSON that is no record.
  init?(_ json: JSON) {
    guard let id = json["id"]?.string, let code = json["exit_code"]?.int,
      let exitCode = Int32(exactly: code)
    else { return nil }
    self.init(id: id, json: json, exitCode: ExitCode(rawValue: exitCode))
  }
}
