// What a run handed out, for whoever asked.

import Base

extension TrialServed {
  public var json: JSON {
    [
      "customer": .string(customer), "served": JSON(count), "recorded": JSON(recorded),
      "record_root": .string(root.tagged), "torn_bytes": JSON(tornByteCount),
      "ledger_index": ledgerIndex.map { JSON($0) } ?? .null,
    ]
  }
}
