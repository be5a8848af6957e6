// Rung 5 for one suspect against several references, from a field of outcomes: measures each
// contrast that the rules of `PanelRecord` ask for. The rules themselves see the record alone.

import Base

/// One suspect among references and controls, all in one field.
public struct PanelTest: Sendable {
  /// What the caller knows of a model in the field.
  public struct Member: Sendable {
    public let trainingText: [String]
    /// Indices of models that share weights with it.
    public let relatives: Set<Int>

    public init(trainingText: [String], relatives: Set<Int>) {
      self.trainingText = trainingText
      self.relatives = relatives
    }
  }

  let field: OutcomeField
  let members: [Member]
  let suspect: Int
  let references: [Int]
  let panel: [Int]
  let seed: UInt64

  public init(
    field: OutcomeField, members: [Member], suspect: Int, references: [Int], panel: [Int],
    seed: UInt64
  ) {
    self.field = field
    self.members = members
    self.suspect = suspect
    self.references = references
    self.panel = panel
    self.seed = seed
  }

  /// Everything that the verdicts are a function of.
  public func record(run: Run) throws(Problem) -> PanelRecord {
    var record = PanelRecord(
      models: members.indices.map { index in
        PanelRecord.Model(
          id: field.ids[index], tokenizer: field.tokenizers[index],
          natsPerByte: field.natsPerByte[index], trainingText: members[index].trainingText,
          relatives: members[index].relatives)
      },
      suspect: suspect, references: references, panel: panel, seed: seed,
      correlations: try run.map(references.count) { index in
        members.indices.map { field.correlation(references[index], $0) }
      },
      beta: PanelTemperature.beta(field, model: suspect),
      plain: try run.map(references.count) { PlainSimilarity(field, suspect, references[$0]) })
    while let need = record.missing() {
      try run.check()
      record.contrasts.append(
        LocalContrast(
          field, suspect: suspect, reference: need.reference, rival: need.rival,
          controls: need.controls))
    }
    return record
  }

  /// For each reference a result, or nil where there are too few controls to choose a rival.
  public func results(run: Run) throws(Problem) -> [ContrastResult?] {
    try record(run: run).results(run: run)
  }
}
