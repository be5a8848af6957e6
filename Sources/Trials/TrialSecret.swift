// The key file of a trial: what must stay secret until the trial is revealed.
//
// The seed is a secret too: whoever has it and the model can draw both twins again. Secrets and
// salt key always come from the system, never from the seed.

import Base
import Evidence

/// One who is served, with coins of its own.
public struct TrialCustomer: Equatable, Sendable {
  public let name: String
  let secret: [UInt8]

  /// Stands in the public commitment and in the names of files.
  static func isName(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return (1...64).contains(bytes.count) && bytes.first != UInt8(ascii: ".")
      && bytes.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte) || "-_.".utf8.contains(byte)
      }
  }
}

/// How twins were drawn.
public struct TrialSampler: Equatable, Sendable {
  /// The bundle digest of the model that was drawn from.
  public let model: Digest
  public let tokenCount: Int
  public let temperature: Double
  public let seed: UInt64

  static let generator = "philox4x32-10, streams 2i and 2i+1"

  init(model: Digest, tokenCount: Int, temperature: Double, seed: UInt64) {
    self.model = model
    self.tokenCount = tokenCount
    self.temperature = temperature
    self.seed = seed
  }
}

/// The secrets of a trial.
public struct TrialSecret: Equatable, Sendable {
  static let schema = "assay.trial-key/1"
  /// All their commitments must fit one entry of the ledger.
  public static let customersMax = 200
  /// The customer of a trial for which none was named.
  public static let onlyCustomer = "everybody"

  public let customers: [TrialCustomer]
  let saltKey: [UInt8]
  public let sampler: TrialSampler?

  init(customers: [TrialCustomer], saltKey: [UInt8], sampler: TrialSampler?) {
    self.customers = customers
    self.saltKey = saltKey
    self.sampler = sampler
  }

  /// Fresh secrets for these customers; for one without a name if there are none.
  init(customers names: [String], sampler: TrialSampler?) throws(Problem) {
    let names = names.isEmpty ? [Self.onlyCustomer] : names
    guard names.count <= Self.customersMax, Set(names.map { ByteName($0) }).count == names.count
    else {
      throw Problem(
        .usage, "bad_value",
        reason: "--customer: each once, and at most \(Self.customersMax) of them")
    }
    if let strange = names.first(where: { !TrialCustomer.isName($0) }) {
      throw Problem(
        .usage, "bad_value",
        reason: "--customer \(strange): at most 64 letters, digits, \"-\", \"_\" and \".\"",
        remedy: "the name becomes public with the commitment: choose one that may be seen")
    }
    self.init(
      customers: names.map {
        TrialCustomer(name: $0, secret: SystemRandom.bytes(TrialCommitment.secretByteCount))
      },
      saltKey: SystemRandom.bytes(TrialCommitment.secretByteCount), sampler: sampler)
  }

  /// With the secrets of these customers alone.
  func limited(to names: [String]) throws(Problem) -> TrialSecret {
    guard !names.isEmpty else { return self }
    let kept = try names.map { name throws(Problem) in try customer(name) }
    return TrialSecret(customers: kept, saltKey: saltKey, sampler: sampler)
  }

  /// The customer of a name; the only one if none is given.
  func customer(_ name: String?) throws(Problem) -> TrialCustomer {
    if name == nil, customers.count == 1 { return customers[0] }
    let found = customers.first { customer in
      name.map { ByteName($0) == ByteName(customer.name) } ?? false
    }
    guard let found else {
      throw Problem(
        .usage, "no_such_customer",
        reason: name.map { "the trial has no customer \($0)" }
          ?? "the trial has several customers and none was named",
        remedy: "give --customer with one of: "
          + customers.map(\.name).joined(separator: ", "))
    }
    return found
  }
}
