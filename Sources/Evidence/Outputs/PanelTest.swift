// Rung 5 for one suspect against several references: chooses each reference's rival, runs the
// contrast, tries twin references as a group, and looks at the gates.
//
// Groups (facts/detection.md B2): if the rival of a reference is itself a reference, a student of
// both departs from neither. The two are then taken together and set against the next rival; the
// group speaks where it is positive and neither member alone is.

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

  /// |z| below which a member of a group says nothing by itself.
  static let memberZ = 2.0
  /// A group is positive at the conformal floor and this parametric p.
  static let groupLevel = 0.001

  /// For each reference a result, or nil where there are too few controls to choose a rival.
  public func results() -> [ContrastResult?] {
    let singles = references.map { single([$0]) }
    let beta = PanelTemperature.beta(field, model: suspect)
    return references.indices.map { index in
      guard var chosen = singles[index] else { return nil }
      var group: [Int] = []
      if let twin = twin(of: index, singles), let pair = single([references[index], twin]),
        pair.test.isAtFloor, pair.test.parametricP <= Self.groupLevel
      {
        chosen = pair
        group = [twin]
      }
      return result(index, chosen, group: group, singles: singles, beta: beta)
    }
  }

  /// A reference, or a group, with its rival and its contrast.
  private struct Single {
    let reference: [Int]
    let rival: Int
    let controls: [Int]
    let contrast: LocalContrast
    let test: ControlTest
  }

  /// Models of the panel that are related by weights to neither side.
  private func controls(_ reference: [Int]) -> [Int] {
    let apart = [suspect] + reference
    return panel.filter { control in
      apart.allSatisfy { $0 != control && !members[$0].relatives.contains(control) }
    }
  }

  private func single(_ reference: [Int]) -> Single? {
    let controls = controls(reference)
    guard controls.count >= 2 else { return nil }
    let nearness = controls.map { control in
      reference.reduce(0.0) { $0 + field.correlation($1, control) }
    }
    let nearest = nearness.indices.max { nearness[$0] < nearness[$1] } ?? 0
    let contrast = LocalContrast(
      field, suspect: suspect, reference: reference, rival: controls[nearest], controls: controls)
    let values = contrast.contrasts
    return Single(
      reference: reference, rival: controls[nearest], controls: controls, contrast: contrast,
      test: ControlTest(value: values[0], controls: Array(values.dropFirst())))
  }

  /// The rival of a reference, if it is a reference too and neither says anything alone.
  private func twin(of index: Int, _ singles: [Single?]) -> Int? {
    guard let own = singles[index], let other = references.firstIndex(of: own.rival),
      let mate = singles[other], abs(own.test.z ?? 0) < Self.memberZ,
      abs(mate.test.z ?? 0) < Self.memberZ
    else { return nil }
    return own.rival
  }

  private func result(
    _ index: Int, _ chosen: Single, group: [Int], singles: [Single?], beta: Double
  ) -> ContrastResult {
    let reference = references[index]
    let together = [reference] + group
    let others = references.indices.compactMap { other -> (id: String, z: Double)? in
      let model = references[other]
      guard !together.contains(model), !members[reference].relatives.contains(model),
        let z = singles[other]?.test.z
      else { return nil }
      return (field.ids[model], z)
    }
    let input = GateInput(
      controls: chosen.controls.map { (field.ids[$0], members[$0].trainingText) },
      referenceTrainingText: together.flatMap { members[$0].trainingText },
      siblings: references.filter { members[suspect].relatives.contains($0) }.map {
        field.ids[$0]
      },
      contrast: chosen.contrast, test: chosen.test, otherReferences: others, seed: seed)
    let gates = OutputGates.all(
      input, field: field, suspect: suspect, reference: together, controls: chosen.controls,
      rival: chosen.rival)
    let names = together.map { field.ids[$0] }.sorted()
    return ContrastResult(
      suspect: field.ids[suspect],
      reference: names.count > 1
        ? names.joined(separator: " and ") + " taken together" : field.ids[reference],
      rival: field.ids[chosen.rival], test: chosen.test,
      parametricP: group.isEmpty
        ? chosen.test.parametricP : min(1, 2 * chosen.test.parametricP),
      group: group.isEmpty ? [] : names, gates: gates,
      numbers: [
        "beta": JSON(beta), "positions": JSON(chosen.contrast.positionCount),
        "documents": JSON(chosen.contrast.documentCount), "unit": "byte",
        "method": .string(ContrastResult.method),
        "control_contrasts": .array(
          zip(chosen.contrast.members.dropFirst(), chosen.test.controls).map { member, value in
            ["id": .string(field.ids[member]), "contrast": JSON(value)]
          }),
        "plain": PlainSimilarity(field, suspect, reference).json,
      ])
  }
}
