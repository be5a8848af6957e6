import Base
import Licensing

/// Licences of our own, written for these tests: they look like what models come with.
enum Example {
  static let orchard = """
    ORCHARD COMMUNITY LICENCE AGREEMENT
    Version 1.2, 3 March 2025

    1. Grant. Subject to the terms below the Grower grants you a worldwide, royalty-free, \
    irrevocable licence to use, copy and adapt the Orchard Model, including for commercial \
    purposes.

    2. Conditions. You may pass the model on only if you keep this agreement with it and display \
    the words "Grown with Orchard" on the page of your product. You shall not use its outputs to \
    train or improve any other large language model.

    3. Threshold. If your products had more than 250 million monthly active users in the calendar \
    month before the release date, you must ask the Grower for a separate licence, which the \
    Grower may refuse without giving reasons.

    4. Law. This agreement is governed by the laws of Norway, and the courts of Bergen decide all \
    disputes. The model is delivered as it is, without warranty of any kind, and no contributor is \
    liable for any damage that arises from its use.
    """

  /// A younger sibling that differs in three places.
  static let orchardYounger =
    orchard
    .replacing("Version 1.2, 3 March 2025", "Version 1.3, 9 June 2026")
    .replacing("250 million", "400 million")
    .replacing(
      " You shall not use its outputs to train or improve any other large language model.", "")

  static let meadow = """
    Meadow Data Licence

    Anyone may copy, change and publish the Meadow collection, provided that the notice of its \
    keepers stays with every copy and that no fee is asked for the collection itself. The keepers \
    give no warranty and are not liable for any loss that follows from the use of the collection.
    """

  static func templates() throws -> [UInt8] {
    try Licensing.learn(
      [
        source("LicenseRef-orchard-1.2", orchard), source("LicenseRef-orchard-1.3", orchardYounger),
        source("LicenseRef-meadow", meadow),
      ], into: nil)
  }

  static func source(_ id: String, _ text: String) -> Licensing.Source {
    Licensing.Source(
      id: id, kind: .licence, place: id, bytes: Array(text.utf8), replaces: false)
  }

  static func verdict(_ text: String) throws -> TextVerdict {
    try Licensing.identify(Array(text.utf8), templates: try templates())
  }
}

extension String {
  /// All occurrences of `old`; the tests replace only what is there.
  func replacing(_ old: String, _ new: String) -> String {
    precondition(contains(old), "the example does not hold \"\(old)\"")
    return split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
  }
}
