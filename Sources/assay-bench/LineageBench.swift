// `assay-bench lineage ZOO`: weight lineage over a folder of models whose descent is known.
//
// ZOO holds truth.json (models, pairs) and a folder for each model. Printed: found and missed by
// category, p-values of independent pairs against their uniform bound (P(p <= a) must not exceed
// a), the discoveries of e-BH over all pairs, and the cost of a pair. With a second argument the
// figure of the p-values is written there as SVG. Figures describe; verdict rules are fixed in
// Evidence.

import Comparison
import Base
import Evidence
import Glibc

/// A pair of the zoo and what is true of it.
private struct KnownPair {
  let reference: String
  let suspect: String
  let truth: String
}

private struct Zoo {
  let folder: String
  let models: [String]
  let panel: [String]
  let references: [String]
  let pairs: [KnownPair]

  init(_ folder: String) throws {
    self.folder = folder
    let bytes = try FileSystem.read(FileSystem.join(folder, "truth.json"), limitBytes: 64 << 20)
    let truth: JSON
    do throws(JSONError) { truth = try JSON.parse(bytes) } catch {
      throw error.problem(file: "truth.json")
    }
    let listed = truth["models"]?.array ?? []
    let known = listed.compactMap { model -> (id: String, kind: String)? in
      guard let id = model["id"]?.string, let kind = model["kind"]?.string,
        FileSystem.kind(of: FileSystem.join(folder, id)) == .directory
      else { return nil }
      return (id, kind)
    }
    models = known.map(\.id)
    panel = known.filter { $0.kind == "control" || $0.kind == "teacher" }.map(\.id)
    let present = Set(models)
    pairs = (truth["pairs"]?.array ?? []).compactMap { row in
      guard let a = row[0]?.string, let b = row[1]?.string, let truth = row[2]?.string,
        present.contains(a), present.contains(b)
      else { return nil }
      return KnownPair(reference: a, suspect: b, truth: truth)
    }
    let ancestors = Set(pairs.filter { $0.truth.hasPrefix("descends") }.map(\.reference))
    references = known.filter { ancestors.contains($0.id) || $0.kind == "teacher" }.map(\.id)
  }

  func listed(_ names: [String]) -> [ListedModel] {
    names.map { ListedModel(path: FileSystem.join(folder, $0)) }
  }
}

/// The benchmark.
@Sendable func lineageBenchmark(_ arguments: [String]) throws {
  guard let folder = arguments.first else {
    complain("usage: assay-bench lineage ZOO [FIGURE.svg]\n")
    exit(ExitCode.usage.rawValue)
  }
  let zoo = try Zoo(folder)
  var request = CompareRequest(
    suspects: zoo.listed(zoo.models), references: zoo.listed(zoo.references),
    panel: zoo.listed(zoo.panel), only: .weights)
  request.skipsSelf = true
  let start = processorSeconds()
  let result = try CompareJob().run(request, run: Run())
  let seconds = processorSeconds() - start
  var answers: [String: WeightLineage] = [:]
  for report in result.reports {
    for comparison in report.comparisons {
      answers["\(comparison.reference.id)\u{0}\(report.suspect.id)"] = comparison.weightLineage
    }
  }
  let judged = zoo.pairs.compactMap { pair in
    answers["\(pair.reference)\u{0}\(pair.suspect)"].map { (pair.truth, $0) }
  }
  let independent = judged.filter { $0.0 == "none" }.map(\.1)
  var lines = categories(judged) + uniformity(independent) + discoveries(judged)
  if arguments.count > 1 {
    let values = independent.compactMap { $0.p?.isExact == true ? $0.p?.log10 : nil }
    try DurableFile.replace(arguments[1], with: Array(QuantileFigure(values).svg.utf8))
  }
  lines.append(
    "\(zoo.models.count) suspects, \(zoo.references.count) references, \(judged.count) pairs, "
      + "\(result.passes) passes, \(result.runs) runs, \(Figure.text(seconds)) s processor time, "
      + "\(Figure.text(seconds / Double(max(1, judged.count)))) s a pair")
  complain(lines.joined(separator: "\n") + "\n")
}

private func categories(_ judged: [(String, WeightLineage)]) -> [String] {
  let groups = Dictionary(grouping: judged, by: \.0)
  return ["category: pairs, found, undecided"]
    + groups.keys.sorted().map { name in
      let pairs = groups[name] ?? []
      let found = pairs.filter { $0.1.verdict.isPositive }.count
      let open = pairs.filter { $0.1.verdict == .inconclusive || $0.1.verdict == .notTested }.count
      return "  \(name): \(pairs.count), \(found), \(open)"
    }
}

/// The share of independent pairs with p at most a, which may not exceed a.
private func uniformity(_ lineages: [WeightLineage]) -> [String] {
  let values = lineages.compactMap { $0.p?.isExact == true ? $0.p?.value : nil }
  guard !values.isEmpty else { return ["no exact p-values of independent pairs"] }
  return ["exact p-values of \(values.count) independent pairs: a, share with p <= a"]
    + [0.01, 0.05, 0.1, 0.25, 0.5, 0.75].map { level in
      let share = Double(values.filter { $0 <= level }.count) / Double(values.count)
      return "  \(level): \(Figure.text(share))"
    }
}

/// e-BH (Wang and Ramdas 2009.02824) over all pairs with an e-value: the k largest are found where
/// the k-th is at least n / (k a). Valid under any dependence of the pairs.
private func discoveries(_ judged: [(String, WeightLineage)]) -> [String] {
  let level = 0.05
  let known = judged.compactMap { pair in pair.1.log10E.map { (truth: pair.0, log10E: $0) } }
    .sorted { $0.log10E > $1.log10E }
  let found = known.indices.last { index in
    known[index].log10E >= log10(Double(known.count) / (Double(index + 1) * level))
  }
  let accepted = known.prefix(found.map { $0 + 1 } ?? 0)
  let wrong = accepted.filter { $0.truth == "none" }.count
  return [
    "e-BH at \(level) over \(known.count) pairs with an e-value: \(accepted.count) found, "
      + "\(wrong) of them independent"
  ]
}

/// Observed against expected quantiles of p, both as -log10: points below the line are
/// conservative.
private struct QuantileFigure {
  let points: [(expected: Double, observed: Double)]

  init(_ log10P: [Double]) {
    let sorted = log10P.map { -$0 }.sorted(by: >)
    points = sorted.enumerated().map { index, value in
      (-log10((Double(index) + 0.5) / Double(sorted.count)), value)
    }
  }

  var svg: String {
    let side = 320.0
    let largest = max(1, points.map { max($0.expected, $0.observed) }.max() ?? 1)
    func place(_ value: Double) -> String { Figure.text(20 + value / largest * (side - 40)) }
    func fromTop(_ value: Double) -> String {
      Figure.text(side - 20 - value / largest * (side - 40))
    }
    let marks = points.map {
      "<circle cx=\"\(place($0.expected))\" cy=\"\(fromTop($0.observed))\" r=\"2\"/>"
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(side)) \(Int(side))">
      <title>p-values of \(points.count) independent pairs, -log10, against uniform ones</title>
      <line x1="20" y1="\(fromTop(0))" x2="\(place(largest))" y2="20" stroke="gray"/>
      \(marks.joined(separator: "\n"))
      </svg>

      """
  }
}

/// POSIX fixes a million ticks a second.
private func processorSeconds() -> Double { Double(clock()) / 1_000_000 }
