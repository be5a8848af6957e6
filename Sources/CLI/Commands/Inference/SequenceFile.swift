// The lines of `--ids` and `--texts`: one JSON object each, `{"id": …, "ids": […]}` or
// `{"id": …, "text": …}`.

import Base

/// One line of input.
struct SequenceLine {
  let id: JSON
  /// Where it was read, for messages.
  let place: String
  let object: JSONObject
}

/// Reads such files. Promises: a line that is not what the option asks for is a `Problem` with the
/// file and the number of the line; empty lines are skipped.
enum SequenceFile {
  static let byteCountMax = 1 << 30

  static func lines(_ path: String) throws(Problem) -> [SequenceLine] {
    let bytes = try InputFile.read(path, limitBytes: byteCountMax)
    var result: [SequenceLine] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) {
      let place = "\(path), line \(index + 1)"
      let json: JSON
      do { json = try JSON.parse(Array(line)) } catch { throw error.problem(file: place) }
      guard let object = json.object, let id = object["id"] else {
        throw Problem(
          .malformed, "malformed_line", place: place, reason: "expected an object with an id",
          remedy: "write lines such as {\"id\":\"a\",\"ids\":[1,2,3]}")
      }
      result.append(SequenceLine(id: id, place: place, object: object))
    }
    return result
  }
}

extension SequenceLine {
  /// The tokens under `ids`.
  func tokens() throws(Problem) -> [Int32] {
    let numbers = object["ids"]?.array
    let tokens = numbers?.compactMap { $0.int.flatMap(Int32.init(exactly:)) } ?? []
    guard let numbers, tokens.count == numbers.count else {
      throw Problem(
        .malformed, "malformed_line", place: place, reason: "expected `ids`, a list of tokens",
        remedy: "write lines such as {\"id\":\"a\",\"ids\":[1,2,3]}")
    }
    return tokens
  }

  /// The text under `text`.
  func text() throws(Problem) -> String {
    guard let text = object["text"]?.string else {
      throw Problem(
        .malformed, "malformed_line", place: place, reason: "expected `text`, a string",
        remedy: "write lines such as {\"id\":\"a\",\"text\":\"Once upon\"}")
    }
    return text
  }
}
