// What the finding of a rule rests on, read out of the details that `PolicyFinding.finding` puts
// beside the sentence: title, citation, and the edges from the ancestor to the model.

import Base

/// Title, citation and path of a finding; findings that no rule made have none of them.
public struct FindingGrounds: Equatable, Sendable {
  public let title: String?
  public let citation: String?
  /// From the ancestor to the model.
  public let path: [LineageEdge]

  /// Nil if a step of the path is no edge. A `path` that is no list belongs to another kind of
  /// finding and is none of ours.
  public init?(_ finding: Finding) {
    title = finding.details["title"]?.string
    citation = finding.details["citation"]?.string
    let steps = finding.details["path"]?.array ?? []
    path = steps.compactMap(LineageEdge.init(json:))
    guard path.count == steps.count else { return nil }
  }
}
