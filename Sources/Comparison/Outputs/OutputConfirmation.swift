// Measures again, over exact byte distributions, what exceeds every control across tokenizers
// (Evidence's `Confirmation` has the rule).
//
// At most 128 positions, drawn by the seed of the probes from those that all models of the contrast
// have in common. Each model reads its contexts twice: the pasts that cover a position (about
// ten), and what spells each likely next byte (64 at most), all as branches of the documents'
// tokens. That costs about as much as scoring the probes twice more, for each model of the
// contrast (measured: 0.6 s of a processor where scoring takes 0.3). A model is read once for the
// same positions, however many pairs need it.
//
// Does not: confirm a recording, which holds no answers to other contexts.

import Base
import Evidence
import Formats
import Inference

struct OutputConfirmation {
  let probes: ProbeSet
  let run: Run
  private var known: [Known: ExactOutcomes] = [:]

  private struct Known: Hashable {
    let model: Digest
    let positions: [OutcomePosition]
  }

  init(probes: ProbeSet, run: Run) {
    self.probes = probes
    self.run = run
  }

  /// Adds each confirmation that the record asks for. `models` are the record's, in its order.
  mutating func confirm(
    _ record: inout PanelRecord, models: [Digest], _ index: ModelIndex, _ scored: ScoredModels
  ) throws(Problem) {
    while let need = record.missingConfirmation() {
      try run.check()
      do throws(Problem) {
        record.confirmations.append(try measured(need, record, models, index, scored))
      } catch {
        guard error.kind == .malformed || error.kind == .usage else { throw error }
        record.confirmations.append(
          Confirmation(need, suspect: record.suspect, reason: error.reason))
      }
    }
  }

  private mutating func measured(
    _ need: PanelRecord.Need, _ record: PanelRecord, _ models: [Digest], _ index: ModelIndex,
    _ scored: ScoredModels
  ) throws(Problem) -> Confirmation {
    var members = [record.suspect]
    for index in need.reference + need.controls where !members.contains(index) {
      members.append(index)
    }
    let outcomes = members.compactMap { scored.outcomes[models[$0]] }
    let positions = sample(outcomes.map(\.positions))
    var exact: [ExactOutcomes] = []
    for (place, member) in members.enumerated() {
      run.tell(place, of: members.count, "models", "confirming")
      exact.append(
        try read(
          models[member], id: index.id(of: models[member]), opened: index.opened(models[member]),
          natsPerByte: record.models[member].natsPerByte, positions))
    }
    let local = { (index: Int) in members.firstIndex(of: index) ?? 0 }
    let field = try OutcomeField(
      exact.map(\.outcomes), panel: need.controls.map(local), run: run)
    let contrast = LocalContrast(
      field, suspect: 0, reference: need.reference.map(local), rival: local(need.rival),
      controls: need.controls.map(local))
    let shares = exact.flatMap(\.leftOut)
    return Confirmation(
      contrast: LocalContrast(
        reference: need.reference, rival: need.rival,
        members: contrast.members.map { members[$0] }, sums: contrast.sums,
        counts: contrast.counts),
      leftOut: shares.reduce(0, +) / Double(max(1, shares.count)),
      leftOutMost: shares.max() ?? 0)
  }

  /// A keyed sample of what all have in common, where a character begins and something stands
  /// before it.
  private func sample(_ lists: [[OutcomePosition]]) -> [OutcomePosition] {
    guard var common = lists.first.map(Set.init) else { return [] }
    for list in lists.dropFirst() { common.formIntersection(list) }
    let usable = common.sorted().filter { position in
      position.byte > 0 && probes.documents[position.document][position.byte] & 0xC0 != 0x80
    }
    var random = CounterRandom(seed: probes.seed, stream: Confirmation.stream)
    let drawn = random.permutation(usable.count).prefix(Confirmation.positionsMax)
    return drawn.sorted().map { usable[$0] }
  }

  private mutating func read(
    _ model: Digest, id: String, opened: OpenedModel?, natsPerByte: Double,
    _ positions: [OutcomePosition]
  ) throws(Problem) -> ExactOutcomes {
    let key = Known(model: model, positions: positions)
    if let found = known[key] { return found }
    guard let opened else {
      throw Problem(
        .usage, "recording", place: id,
        reason: "a recording cannot be asked what follows other encodings of a text")
    }
    let fresh = try ExactOutcomes(
      of: opened.model, id: id, natsPerByte: natsPerByte, probes, positions, run: run.silent)
    known[key] = fresh
    return fresh
  }
}

/// A model's exact byte distributions at some positions of the probes.
struct ExactOutcomes: Sendable {
  let outcomes: ByteOutcomes
  /// By position: the share of the probability that was not looked at.
  let leftOut: [Double]

  init(
    of model: OpenModel, id: String, natsPerByte: Double, _ probes: ProbeSet,
    _ positions: [OutcomePosition], run: Run
  ) throws(Problem) {
    let tokenizer = try Tokenizer.load(model, run: run)
    let scorer = try TransformerModel.load(model)
    let putsSpace = tokenizer.putsSpaceInFront
    var found: [NextBytes?] = positions.map { _ in nil }
    for leadingSpace in [false, true] {
      // A text that begins with a space of its own gets no other.
      let own = positions.indices.filter { index in
        let text = probes.documents[positions[index].document]
        return (putsSpace && text.first != 0x20) == leadingSpace
      }
      guard !own.isEmpty else { continue }
      let prefixes = own.map { index in
        (leadingSpace ? [0x20] : [])
          + probes.documents[positions[index].document].prefix(positions[index].byte)
      }
      let reading = ByteReading(tokenizer, scorer, leadingSpace: leadingSpace)
      let next = try reading.distributions(
        after: prefixes, ModelContextReader(scorer, options: ScoreOptions(run: run)))
      for (index, next) in zip(own, next) { found[index] = next }
    }
    let given = zip(positions, found).compactMap { position, next in next.map { (position, $0) } }
    outcomes = ByteOutcomes(
      id: id, tokenizer: tokenizer.digest, natsPerByte: natsPerByte, positions: given.map(\.0),
      exact: given.map(\.1.pairs))
    leftOut = given.map(\.1.leftOut)
  }
}
