import Base
import Foundation

/// The built program, which lies beside the test bundle.
struct Program {
  struct Run {
    let code: Int32
    let output: String
    let notes: String
    var json: JSON? { try? JSON.parse(output.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  static let path: String = {
    let bundle = (try? FileSystem.realPath("/proc/self/exe")) ?? ""
    // `swift test` may run the tests through a helper of the toolchain: then the bundle is named
    // by an argument.
    let places = [bundle] + CommandLine.arguments
    for place in places where place.contains(".build") {
      var folder = FileSystem.directoryName(place)
      for _ in 0..<4 {
        let candidate = FileSystem.join(folder, "assay")
        if FileSystem.kind(of: candidate) == .file { return candidate }
        folder = FileSystem.directoryName(folder)
      }
    }
    return "assay-not-found"
  }()

  static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// Runs the program in the repository's folder, with no state of its own but `state`.
  static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Run {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: repository)
    var variables = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"]
    variables["TMPDIR"] = ProcessInfo.processInfo.environment["TMPDIR"]
    process.environment = variables.merging(environment) { $1 }
    let output = Pipe()
    let notes = Pipe()
    process.standardOutput = output
    process.standardError = notes
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let outputBytes = output.fileHandleForReading.readDataToEndOfFile()
    let noteBytes = notes.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Run(
      code: process.terminationStatus, output: String(decoding: outputBytes, as: UTF8.self),
      notes: String(decoding: noteBytes, as: UTF8.self))
  }
}
