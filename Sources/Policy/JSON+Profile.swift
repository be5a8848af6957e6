// The facts of a profile as people edit them: one change after the other, in the form in which a
// profile is given and stored, {"request", "model", "facts"}.
//
// Promises: a fact stands at one place afterwards, whatever way it was written before; everything
// else is left as it is. Does not: check anything; `PolicyPack.check(profile:)` does.

import Base

extension JSON {
  /// A profile that says nothing.
  public static let emptyProfile: JSON = ["request": [:], "model": [:], "facts": [:]]

  /// The profile with these changes, in their order.
  public func profile(with changes: [FactChange]) -> JSON {
    var sections = object ?? [:]
    for change in changes {
      let (section, key) = Self.place(of: change.fact)
      if var facts = sections["facts"]?.object {
        facts[change.fact] = nil
        sections["facts"] = .object(facts)
      }
      var members = sections[section]?.object ?? [:]
      members[key] = change.value
      sections[section] = .object(members)
    }
    return .object(sections)
  }

  /// What a profile says of a fact; nil: nothing.
  public func profileFact(_ fact: String) -> JSON? {
    let (section, key) = Self.place(of: fact)
    let said = self[section]?[key] ?? self["facts"]?[fact]
    return said.flatMap { $0.isNull ? nil : $0 }
  }

  private static func place(of fact: String) -> (section: String, key: String) {
    for section in ["request", "model"] where fact.hasPrefix(section + ".") {
      return (section, String(fact.dropFirst(section.count + 1)))
    }
    return ("facts", fact)
  }
}
