// What a commitment left in the ledger, for whoever asked.

import Base

extension TrialReceipt {
  public var json: JSON {
    [
      "pairs": JSON(record.pairCount), "pairs_root": .string(record.root.tagged),
      "customers": .array(record.customers.map { .string($0.name) }),
      "ledger_index": JSON(index), "beacon_value": .bool(isBeaconValue), "record": record.json,
    ]
  }
}
