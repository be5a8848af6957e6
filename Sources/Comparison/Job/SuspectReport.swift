// The answer about one suspect against all references.

/// One suspect against all references.
public struct SuspectReport: Equatable, Sendable {
  public var suspect: ComparedModel
  public var comparisons: [PairAnswer]
}
