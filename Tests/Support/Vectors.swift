// Vectors beside the tests, read relative to the file that uses them.

import Base

/// The JSON document at `Vectors/<name>` beside the test file.
public func vectors(_ name: String, beside file: String = #filePath) throws -> JSON {
  let folder = FileSystem.directoryName(file)
  let bytes = try FileSystem.read("\(folder)/Vectors/\(name)", limitBytes: 1 << 20)
  return try JSON.parse(bytes)
}
