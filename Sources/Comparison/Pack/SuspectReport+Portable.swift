// An answer read back from verdict.json, as far as statements and edges are made of it.

import Base
import Evidence

extension SuspectReport {
  /// Reads a verdict. Throws `malformed` with the place as a JSON pointer.
  init(portable json: JSON) throws(Problem) {
    let list = json["comparisons"]?.array ?? []
    var comparisons: [PairAnswer] = []
    for (index, item) in list.enumerated() {
      let place = "/comparisons/\(index)"
      comparisons.append(
        PairAnswer(
          reference: try ComparedModel(named: item["reference"] ?? .null, at: place),
          weightLineage: try WeightLineage(
            summary: item["weight_lineage"] ?? .null, at: place + "/weight_lineage"),
          outputDescent: try OutputDescentAnswer(
            summary: item["output_descent"] ?? .null, at: place + "/output_descent")))
    }
    self.init(
      suspect: try ComparedModel(named: json["suspect"] ?? .null, at: "/suspect"),
      comparisons: comparisons)
  }
}

extension ComparedModel {
  fileprivate init(named json: JSON, at place: String) throws(Problem) {
    guard let id = json["id"]?.string,
      let digest = json["fingerprint"]?.string.flatMap(Digest.init(tagged:))
    else { throw malformed(place, "id and fingerprint of a model are wanted") }
    guard json["kind"] == nil || json["kind"]?.string == Self.recordingKind else {
      throw malformed(place + "/kind", "a model has none, a recording says so")
    }
    self.init(id: id, path: "", fingerprint: digest, isRecording: json["kind"] != nil)
  }
}

extension WeightLineage {
  /// Verdict, relations, direction, probability and rungs; no details.
  fileprivate init(summary json: JSON, at place: String) throws(Problem) {
    guard let verdict = json["verdict"]?.string.flatMap(WeightVerdict.init(rawValue:)),
      let direction = json["direction"]?.string.flatMap(LineageDirection.init(rawValue:)),
      let words = json["relations"]?.array
    else { throw malformed(place, "verdict, relations and direction are wanted") }
    let relations = words.compactMap { $0.string.flatMap(WeightRelation.init(rawValue:)) }
    let rungs = (json["rungs"]?.array ?? []).compactMap { rung -> Rung? in
      guard let number = rung["rung"]?.int, let test = rung["test"]?.string,
        let outcome = rung["outcome"]?.string.flatMap(RungOutcome.init(rawValue:))
      else { return nil }
      return Rung(number, test, outcome)
    }
    guard relations.count == words.count, rungs.count == json["rungs"]?.array?.count ?? 0 else {
      throw malformed(place, "a relation or a rung is not known")
    }
    self.init(
      verdict: verdict, sentence: json["sentence"]?.string ?? "",
      relations: relations.map { RelationFinding($0) }, direction: direction,
      p: json["log10_p_value"]?.double.map {
        TailBound(log10: $0, isExact: json["exact"]?.bool ?? false)
      }, rungs: rungs)
  }
}

extension OutputDescentAnswer {
  /// Verdict, figures and probes; no details.
  fileprivate init(summary json: JSON, at place: String) throws(Problem) {
    guard let verdict = json["verdict"]?.string.flatMap(OutputVerdict.init(rawValue:)) else {
      throw malformed(place + "/verdict", "a verdict is wanted")
    }
    var figures: ContrastFigures?
    if json["statistic"] != nil {
      guard let statistic = json["statistic"]?.double, let p = json["p_value"]?.double,
        let adjusted = json["p_adjusted"]?.double, let controls = json["controls"]?.int,
        let rival = json["rival"]?.string
      else { throw malformed(place, "figures are missing or are no numbers") }
      figures = ContrastFigures(
        statistic: statistic, p: p, adjustedP: adjusted, controls: controls, rival: rival)
    }
    self.init(
      verdict: verdict, sentence: json["sentence"]?.string ?? "", figures: figures,
      probes: json["probes"]?.string.flatMap(Digest.init(tagged:)))
  }
}

private func malformed(_ place: String, _ reason: String) -> Problem {
  Problem(.malformed, "bad_verdict", place: "verdict.json\(place)", reason: reason)
}
