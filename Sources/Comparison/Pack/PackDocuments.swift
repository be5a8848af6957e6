// The documents of a pack as values.
//
// A document is taken only if it is canonical, and only if what was read of it is all that it says:
// verdict, weights, outputs and power are written again and must be the same. So nothing in them is
// missing, added, or of a form that no comparison writes, and every check can work on values. Of
// models.json the checks read a part, and other versions may say more of a model there.

import Base

/// What a pack says.
struct PackDocuments {
  let pack: EvidencePack
  let rules: PackRules
  let verdict: SuspectReport
  let models: ModelManifest
  /// Nil if weights were not compared.
  let weights: PackWeights?
  /// Nil if outputs were not compared.
  let outputs: OutputSums?
  let power: PackPower?
  let probes: ProbeSet?

  init(_ pack: EvidencePack) throws(Problem) {
    func document(_ name: String) throws(Problem) -> JSON? {
      guard let bytes = pack[name] else { return nil }
      let json: JSON
      do throws(JSONError) { json = try JSON.parse(bytes) } catch {
        throw error.problem(file: name)
      }
      guard json.canonicalBytes == bytes else {
        throw Problem(
          .malformed, "not_canonical", place: name, reason: "it is not in canonical form")
      }
      return json
    }
    func wanted(_ name: String) throws(Problem) -> JSON {
      guard let json = try document(name) else {
        throw Problem(.malformed, "missing_document", place: name, reason: "it is missing")
      }
      return json
    }
    typealias Name = EvidencePack.Name
    self.pack = pack
    rules = try PackRules(json: wanted(Name.pack), at: Name.pack)
    let verdict = try wanted(Name.verdict)
    self.verdict = try SuspectReport(json: verdict, at: Name.verdict)
    try Self.hold(self.verdict.portable, verdict, "verdict.json holds more or other than an answer")
    models = try ModelManifest(json: wanted(Name.models), at: Name.models)
    weights = try document(Name.weights).map { json throws(Problem) in
      let weights = try PackWeights(json: json, at: Name.weights)
      try Self.hold(
        weights.json, json, "weights.json: e-values or curves do not follow from the counts")
      return weights
    }
    outputs = try document(Name.outputs).map { json throws(Problem) in
      let outputs = try OutputSums(json: json, at: Name.outputs)
      try Self.hold(outputs.json, json, "outputs.json holds more or other than a record")
      return outputs
    }
    power = try document(Name.power).map { json throws(Problem) in
      let power = try PackPower(json: json, at: Name.power)
      try Self.hold(power.json, json, "power.json holds more or other than curves")
      return power
    }
    probes = try pack[Name.probes].map { bytes throws(Problem) in
      try ProbeSet(jsonLines: bytes, file: Name.probes)
    }
  }

  /// Throws unless a document is what is written of the value that was read from it.
  private static func hold(_ written: JSON, _ read: JSON, _ reason: String) throws(Problem) {
    guard written == read else { throw PackVerifier.differs(reason) }
  }

  /// The line that alone was asked for; nil if both were. A pack that does not say so asked for
  /// what it holds.
  var only: CompareRequest.Line? {
    guard let asked = rules.asked else { return weights == nil ? .outputs : nil }
    return asked.count == 1 ? asked[0] : nil
  }

  var comparisons: [PairAnswer] { verdict.comparisons }
}
