// From the files of a model to the facts that are recorded of it.
//
// Card, licence texts and metadata are read from the very files that were hashed: each must bear
// the stamp (inode, size, times) that it had then, so that what is checked is what was named.

import Base
import Fingerprint
import Formats
import Ledger
import Licensing
import Register

/// What a check reads of a model beside its digests.
struct ModelReading {
  let facts: ModelFacts
  let licence: LicenceReport

  init(
    contents: ModelContents, fingerprint: Fingerprint, models: JSON?, stated: [StatedFact] = []
  ) throws(Problem) {
    let bases = KnownBases(catalogue: try Catalogue.shipped(with: models))
    let (report, card) = try licenceCheck(
      folder: LicenceFolder(contents: contents), models: models, stated: stated.declaration)
    licence = report
    let id = report.model
    var declaredEdges = Self.declaredEdges(card, report, contents)
    for edge in stated.edges where !declaredEdges.contains(where: { $0.ancestor == edge.ancestor })
    {
      declaredEdges.append(edge)
    }
    if declaredEdges.isEmpty { declaredEdges = bases.edges(of: id) }
    var facts = ModelFacts(
      model: fingerprint.filesRoot, name: id, weights: fingerprint.weights?.weightsDigest,
      tensorSet: fingerprint.weights?.tensorSetDigest, isUnsafe: fingerprint.isUnsafe,
      fileFindings: fingerprint.findings, licence: report.facts,
      declaredEdges: bases.completed(declaredEdges, of: id), catalogue: Licensing.catalogueDigest)
    facts.stated = stated
    facts.makers = Self.makers(card, id: id, bases.catalogue)
    self.facts = facts
  }

  /// Edges that the card declares.
  private static func declaredEdges(
    _ card: ModelCard, _ report: LicenceReport, _ contents: ModelContents
  ) -> [LineageEdge] {
    let relation = DeclaredRelation.of(card, in: contents)
    return card.baseModels.map { base in
      LineageEdge(
        ancestor: ModelLineage.name(base), child: ModelLineage.node, relation: relation,
        grade: .declared,
        licence: report.ancestors.first { ByteName($0.model) == ByteName(base) }?.licence)
    }
  }

  /// Organisations that header and id name, as far as the table knows them.
  private static func makers(
    _ card: ModelCard, id: String, _ catalogue: Catalogue
  ) -> [ModelFacts.Maker] {
    var makers: [ModelFacts.Maker] = []
    if let name = card.organisation, let known = catalogue.organisation(spelt: name) {
      makers.append(
        ModelFacts.Maker(
          clue: "the header says \(name)", developer: known.developer, origin: known.origin))
    }
    if let known = catalogue.organisation(of: id) {
      makers.append(
        ModelFacts.Maker(
          clue: "the model's id is \(id)", developer: known.developer, origin: known.origin))
    }
    return makers
  }
}

extension LicenceReport {
  /// As it is recorded of a model.
  var facts: ModelFacts.Licence {
    ModelFacts.Licence(
      declared: declared.ids,
      texts: detected.map { ModelFacts.Licence.Text(file: $0.file, ids: $0.ids) },
      isClean: isCleanForUse, findings: findings.map(\.asDuty))
  }
}
