// Which pairs a record of deliveries says were handed out, and whether each entry is what the coin
// says.
//
// A test does not use this to choose pairs: it stays over all committed ones. Which pairs a
// customer asks for may depend on answers, and so on coins, that came before, and whoever may leave
// pairs out could do so after seeing the scores. Pairs that were never handed out cost power alone.

import Base
import Crypto
import Evidence

/// What of the pairs a record says was handed out.
struct DeliveryCount {
  /// Indices of the pairs whose served twin was handed out.
  private(set) var pairs: Set<Int> = []
  private(set) var lineCount = 0
  /// The first entry that is not what the coin says.
  private(set) var problem: String?

  init(
    _ record: TrialDeliveries, _ all: [TrialFiles.Pair], _ commitment: TrialCommitment,
    customer: String
  ) {
    let known = Dictionary(all.map { ($0.index, $0) }) { first, _ in first }
    for line in record.lines {
      guard case .line(let index, let name, let digest) = line.content else { continue }
      lineCount += 1
      let isB = commitment.servesB(index)
      let place = "line \(line.number), pair \(index): "
      guard ByteName(name) == ByteName(customer), let pair = known[index] else {
        problem = problem ?? place + "no pair of this customer"
        continue
      }
      if SHA256.hash(pair.servedLine(isB: isB)) == digest {
        pairs.insert(index)
      } else if SHA256.hash(pair.servedLine(isB: !isB)) == digest {
        problem = problem ?? place + "the withheld twin was handed out"
      } else {
        problem = problem ?? place + "what was handed out is neither of the twins"
      }
    }
  }

  func text(of count: Int) -> String {
    "\(pairs.count) of \(count) pairs were handed out, in \(lineCount) lines, each the twin that "
      + "the coin chose; no withheld twin"
  }
}

extension CommittedTrial {
  /// The pairs that were handed to a customer according to its record; nil if there is no record.
  public func delivered(
    to customer: String, in folder: TrialFolder
  ) throws(Problem) -> Set<Int>? {
    let file = folder.customerFile(customer, TrialDeliveries.fileName)
    guard let record = try TrialDeliveries.read(file),
      let commitment = customers.first(where: { ByteName($0.name) == ByteName(customer) })?
        .commitment
    else { return nil }
    return DeliveryCount(record, pairs, commitment, customer: customer).pairs
  }
}
