// The rival contrast, position by position.
//
// Two models that learned from the same text agree on what the text teaches. What is peculiar to
// a reference is where it departs from a model made like it: its rival, the control nearest to it
// (ideally its twin: same recipe, other seed). At each position take the suspect s, the departure
// d = r − q of the reference from its rival, their mean m, and the other controls C; the partial
// correlation of s and d given m and C is −Ω_sd / √(Ω_ss Ω_dd), Ω the inverse of their correlation
// matrix with 1e-4 on its diagonal. D is its mean over positions.
//
// This is section B2 of facts/detection.md with the regression made at every position instead of
// once over all: what any mixture of the panel explains at that place is taken out, the suspect's
// temperature with it, and no temperature need be fitted.
//
// Exchangeability: one matrix holds the suspect and the controls alike, so D of a control is what
// D would be with that control in the suspect's place. Under the hypothesis that s has nothing of
// r, s is one more control.

/// Contrasts of a suspect and of all controls against one reference.
public struct LocalContrast: Equatable, Sendable {
  /// One model, or several taken together as a group.
  public let reference: [Int]
  public let rival: Int
  /// The models whose contrasts follow: the suspect first, then the controls without the rival.
  public let members: [Int]
  /// members.count × documents: sums over the positions of a document.
  public let sums: [[Double]]
  /// Positions counted in each document.
  public let counts: [Int]

  static let ridge = 1e-4

  /// `reference` holds one model, or several taken together as a group.
  public init(
    _ field: OutcomeField, suspect: Int, reference: [Int], rival: Int, controls: [Int]
  ) {
    let members = Self.members(suspect: suspect, rival: rival, controls: controls)
    self.members = members
    self.reference = reference
    self.rival = rival
    var documents: [Int: Int] = [:]
    for document in field.documents where documents[document] == nil {
      documents[document] = documents.count
    }
    var sums = [[Double]](
      repeating: [Double](repeating: 0, count: documents.count), count: members.count)
    var counts = [Int](repeating: 0, count: documents.count)
    let variables = Self.variables(field.modelCount, reference, rival, members)
    for position in 0..<field.positionCount {
      guard let document = documents[field.documents[position]],
        let partial = Self.partialCorrelations(field, position, variables)
      else { continue }
      counts[document] += 1
      for (index, value) in partial.enumerated() { sums[index][document] += value }
    }
    self.sums = sums
    self.counts = counts
  }

  /// From kept sums: a row for each member, a value for each document.
  public init(
    reference: [Int], rival: Int, members: [Int], sums: [[Double]], counts: [Int]
  ) {
    precondition(
      sums.count == members.count && sums.allSatisfy { $0.count == counts.count },
      "a row for each member, a value for each document")
    self.reference = reference
    self.rival = rival
    self.members = members
    self.sums = sums
    self.counts = counts
  }

  /// Whose contrasts are computed, in this order.
  static func members(suspect: Int, rival: Int, controls: [Int]) -> [Int] {
    [suspect] + controls.filter { $0 != rival && $0 != suspect }
  }

  public var documentCount: Int { counts.count }
  public var positionCount: Int { counts.reduce(0, +) }

  /// D of each member over some documents (each may stand several times, as in a bootstrap).
  public func contrasts(documents: some Sequence<Int>) -> [Double] {
    var totals = [Double](repeating: 0, count: members.count)
    var count = 0
    for document in documents {
      count += counts[document]
      for member in members.indices { totals[member] += sums[member][document] }
    }
    return totals.map { count > 0 ? $0 / Double(count) : 0 }
  }

  /// D of each member over all documents.
  public var contrasts: [Double] { contrasts(documents: 0..<documentCount) }

  // MARK: One position

  /// A variable as a combination of models: (model, coefficient).
  private typealias Variable = [(model: Int, factor: Double)]

  /// d, m, then the members.
  private static func variables(
    _ modelCount: Int, _ reference: [Int], _ rival: Int, _ members: [Int]
  ) -> [Variable] {
    let share = 1 / Double(reference.count)
    let departure = reference.map { ($0, share) } + [(rival, -1.0)]
    let middle = reference.map { ($0, share / 2) } + [(rival, 0.5)]
    return [departure, middle] + members.map { [($0, 1.0)] }
  }

  /// Partial correlations of d with each member given everything else; nil where a variable does
  /// not vary or the matrix cannot be inverted.
  private static func partialCorrelations(
    _ field: OutcomeField, _ position: Int, _ variables: [Variable]
  ) -> [Double]? {
    let size = variables.count
    var matrix = SquareMatrix(size: size)
    for row in 0..<size {
      for column in 0...row {
        var sum = 0.0
        for a in variables[row] {
          for b in variables[column] {
            sum += a.factor * b.factor * field.covariance(position, a.model, b.model)
          }
        }
        matrix[row, column] = sum
      }
    }
    let scale = (0..<size).map { matrix[$0, $0] > 0 ? 1 / matrix[$0, $0].squareRoot() : 0 }
    guard scale.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    for row in 0..<size {
      for column in 0..<row { matrix[row, column] *= scale[row] * scale[column] }
      matrix[row, row] = 1 + ridge
    }
    guard let inverse = matrix.inverseOfPositiveDefinite() else { return nil }
    return (2..<size).map { member in
      -inverse[member, 0] / (inverse[member, member] * inverse[0, 0]).squareRoot()
    }
  }
}
