// A line of a manifest.

import Base
import Crypto

extension ManifestItem {
  /// Reads a line; `place` names it in a problem.
  init(line: [UInt8], at place: String) throws(Problem) {
    guard let object = (try? JSON.parse(line))?.object else {
      throw Manifest.bad(place, "not a JSON object")
    }
    for key in object.keys where !["id", "path", "task"].contains(key) {
      throw Manifest.bad(place, "the key \"\(key)\" is not known: id, path and task are")
    }
    guard let id = object["id"]?.string, (1...256).contains(id.utf8.count),
      let path = object["path"]?.string, !path.isEmpty, !path.utf8.contains(0)
    else { throw Manifest.bad(place, "an id of 1 to 256 bytes and a path are wanted") }
    guard object["task"]?.string == "check" else {
      throw Manifest.bad(place, "the task is not check, the only one there is")
    }
    self.init(id: id, path: path)
  }
}
