// A model on a command line: the path, and the options that choose one of several behind it.

import Base
import Formats

extension Option {
  /// What every command takes that reads a model.
  static let modelChoice: [Option] = [
    .value("--file", "NAME", "one file of several: a quantisation, a part of an image"),
    .value("--repo", "ORG/NAME[@REV]", "one model of a Hugging Face cache"),
  ]
}

extension Invocation {
  /// The model that the positional at `index` and the options name.
  func model(_ index: Int = 0) throws(Problem) -> ModelAddress {
    var repository: HubReference?
    if let text = value("--repo") {
      repository = HubReference(text)
      guard repository != nil else {
        throw Problem(
          .usage, "bad_value", reason: "--repo \(text): ORG/NAME or ORG/NAME@REVISION is wanted",
          remedy: "see `assay \(command.name) --help`")
      }
    }
    return ModelAddress(
      path: positional(index) ?? "", file: value("--file"), repository: repository)
  }
}
