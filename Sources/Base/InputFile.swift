// A file that a person names for the program to read: a list, texts, a profile, a key.
//
// Unlike the files of a model, which somebody else made, it may be anything that can be read to its
// end: `-` and /dev/stdin, a pipe that a shell made of `<(command)`, a link.

import Glibc

/// Files named on a command line.
public enum InputFile {
  /// All bytes of it, at most `limitBytes`; `-` is standard input.
  public static func read(_ path: String, limitBytes: Int) throws(Problem) -> [UInt8] {
    if path == "-" { return try FileSystem.readStandardInput(limitBytes: limitBytes) }
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw openProblem(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw openProblem(path, errno) }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw Problem(
        .malformed, "not_a_file", place: path, reason: "this is a folder", remedy: "give a file")
    }
    return try FileSystem.readToEnd(descriptor, place: path, limitBytes: limitBytes)
  }
}
