// The identifiers of the SPDX licence list, with which are deprecated and what replaces them.
// Embedded from Policies/licences/spdx-identifiers.txt; looked up without case.

import Base
import CEmbedded

enum Identifiers {
  /// One line of the list.
  struct Entry: Sendable {
    let id: String
    let isDeprecated: Bool
    let replacement: String?
  }

  static func licence(_ id: String) -> Entry? { tables.licences[ByteName(Expression.folded(id))] }
  static func exception(_ id: String) -> Entry? {
    tables.exceptions[ByteName(Expression.folded(id))]
  }

  /// The official spelling; an unknown id stays as it is.
  static func officialLicence(_ id: String) -> String { licence(id)?.id ?? id }
  static func officialException(_ id: String) -> String { exception(id)?.id ?? id }

  private struct Tables: Sendable {
    var licences: [ByteName: Entry] = [:]
    var exceptions: [ByteName: Entry] = [:]
  }

  private static let tables: Tables = {
    let data = unsafe ce_spdx_identifiers()
    let text = unsafe String(
      decoding: UnsafeBufferPointer(start: data.bytes, count: data.count), as: UTF8.self)
    var tables = Tables()
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count >= 2 else { continue }
      let entry = Entry(
        id: words[1], isDeprecated: words.count > 2,
        replacement: words.count > 3 ? words[3...].joined(separator: " ") : nil)
      let key = ByteName(Expression.folded(entry.id))
      if words[0] == "licence" {
        tables.licences[key] = entry
      } else {
        tables.exceptions[key] = entry
      }
    }
    return tables
  }()
}
