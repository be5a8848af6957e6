// A gate as JSON: {"name":…,"passed":…,"detail":…}.

import Base

extension Gate {
  public var json: JSON {
    ["name": .string(name), "passed": .bool(passed), "detail": .string(detail)]
  }

  public init(_ reader: AnswerReader) throws(Problem) {
    self.init(
      try reader.needed("name", reader.text("name")),
      passed: try reader.needed("passed", reader.flag("passed")),
      detail: try reader.text("detail") ?? "")
  }
}
