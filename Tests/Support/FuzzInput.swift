// What the fuzz targets share: the bytes of an input as an array or as a file, and how an outcome
// is judged. A reader may accept bytes or refuse them with a `Problem` that says why; a trap, an
// endless run or any other error is a finding.

import Base
import Glibc

public enum FuzzInput {
  /// Where inputs are written; taken away when the process ends.
  private static let folder: String = {
    // In memory: an input is written for every run.
    let path = "/dev/shm/assay-fuzz-\(getpid())"
    mkdir(path, 0o700)
    atexit { try? FileSystem.remove("/dev/shm/assay-fuzz-\(getpid())") }
    return path
  }()

  public static func bytes(_ start: UnsafePointer<UInt8>, _ count: Int) -> [UInt8] {
    Array(UnsafeBufferPointer(start: start, count: count))
  }

  /// The folder with one file of that name, holding `bytes`.
  public static func folder(_ name: String, _ bytes: [UInt8]) -> String {
    _ = file(name, bytes)
    return folder
  }

  /// A file of that name, holding `bytes`.
  public static func file(_ name: String, _ bytes: [UInt8]) -> String {
    let path = "\(folder)/\(name)"
    unlink(path)  // a mapping of the last input keeps its bytes
    let descriptor = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
    precondition(descriptor >= 0, "the input could not be written")
    precondition(write(descriptor, bytes, bytes.count) == bytes.count, "the disk is full")
    close(descriptor)
    return path
  }

  /// Runs a reader; whatever it refuses must be refused properly.
  public static func expectRead(_ body: () throws(Problem) -> Void) {
    do { try body() } catch {
      precondition(
        error.kind == .malformed || error.kind == .refused || error.kind == .usage,
        "refused as \(error.kind): \(error)")
      precondition(!error.reason.isEmpty, "refused without a reason")
    }
  }
}
