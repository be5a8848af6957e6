// `assay-bench descent ZOO PROBES [CACHE]`: output descent over a folder of models whose training
// is known, beside the plain distances.
//
// ZOO holds truth.json (models, pairs) and a folder for each model; PROBES are texts as `compare
// --probes` reads them. Teachers are the references; teachers and controls are the panel, with the
// training text that truth.json declares for them. Printed: found, inconclusive and neither by
// category; then how well the statistic, and -JS, -KL, -TV and top-1 agreement, tell students from
// models that saw nothing of the reference: AUC, and the share found where at most 1 % and 5 % of
// the others are above. Figures describe; verdict rules are fixed in Evidence.

import Comparison
import Base
import Glibc

/// The models of the zoo by the part they play, and what is true of each pair.
private struct Cast {
  var suspects: [ListedModel] = []
  var references: [ListedModel] = []
  var panel: [ListedModel] = []
  /// By reference and suspect; nil stands in neither column.
  var truth: [Pair: (category: String, isStudent: Bool?)] = [:]

  struct Pair: Hashable {
    let reference: String
    let suspect: String
  }

  init(_ zoo: String) throws {
    let bytes = try FileSystem.read(FileSystem.join(zoo, "truth.json"), limitBytes: 64 << 20)
    let truth = try JSON.parse(bytes)
    var kinds: [String: String] = [:]
    for model in truth["models"]?.array ?? [] {
      guard let id = model["id"]?.string, let kind = model["kind"]?.string,
        FileSystem.kind(of: FileSystem.join(zoo, id)) == .directory
      else { continue }
      kinds[id] = kind
      let path = FileSystem.join(zoo, id)
      let tagged = ListedModel(path: path, trainingText: Self.tags(model, truth["data"] ?? .null))
      if kind != "derived" { suspects.append(ListedModel(path: path)) }
      if kind == "teacher" { references.append(tagged) }
      if kind == "teacher" || kind == "control" { panel.append(tagged) }
    }
    for row in truth["pairs"]?.array ?? [] {
      guard let reference = row[0]?.string, let suspect = row[1]?.string,
        let category = row[4]?.string
      else { continue }
      let isRelated = row[2]?.string != "none"
      let isTrial = kinds[suspect] == "trial-student"
      let descends = row[3]?.string
      let isStudent: Bool? =
        if isRelated || isTrial {
          nil
        } else if descends == "yes" {
          true
        } else if descends == "no", category.hasPrefix("independent") {
          false
        } else {
          nil
        }
      let mark = isStudent.map { $0 ? "student: " : "none: " } ?? (isTrial ? "trial: " : "other: ")
      self.truth[Pair(reference: reference, suspect: suspect)] = (mark + category, isStudent)
    }
  }

  /// Parts of the corpus, if the model was trained on plain text alone.
  private static func tags(_ model: JSON, _ data: JSON) -> [String] {
    let parts = model["recipe"]?["data"]?.string.flatMap { data[$0]?.array } ?? []
    return Set(
      parts.flatMap { part -> [String] in
        guard let name = part[0]?.string, let which = part[1]?.string else { return [] }
        return (which == "all" ? ["1", "2"] : [which]).map { "\(name)/\($0)" }
      }
    ).sorted()
  }
}

/// The benchmark.
@Sendable func descentBenchmark(_ arguments: [String]) throws {
  guard arguments.count >= 2 else {
    complain("usage: assay-bench descent ZOO PROBES [CACHE]\n")
    exit(ExitCode.usage.rawValue)
  }
  let cast = try Cast(arguments[0])
  var request = CompareRequest(
    suspects: cast.suspects, references: cast.references, panel: cast.panel, only: .outputs)
  request.skipsSelf = true
  let outputs = OutputSettings(
    probes: try ProbeSet.load(arguments[1]),
    cacheFolder: arguments.count > 2 ? arguments[2] : nil)
  let result = try CompareJob(outputs: outputs).run(request, run: Run())
  var judged: [(category: String, isStudent: Bool?, answer: OutputDescentAnswer)] = []
  for report in result.reports {
    for comparison in report.comparisons {
      let pair = Cast.Pair(reference: comparison.reference.id, suspect: report.suspect.id)
      guard let truth = cast.truth[pair] else { continue }
      judged.append((truth.category, truth.isStudent, comparison.outputDescent))
    }
  }
  var lines = ["category: pairs, found, inconclusive, neither"]
  for (category, pairs) in Dictionary(grouping: judged, by: \.category).sorted(by: {
    $0.key < $1.key
  }) {
    let found = pairs.count { $0.answer.verdict.isPositive }
    let open = pairs.count { [.inconclusive, .notTested].contains($0.answer.verdict) }
    lines.append(
      "  \(category): \(pairs.count), \(found), \(open), \(pairs.count - found - open)")
  }
  lines.append("measure: AUC, found at 1 % and 5 % false; students, others")
  let measures: [(String, (JSON) -> Double?)] = [
    ("statistic", { $0["statistic"]?.double }),
    ("-JS", { $0["plain"]?["js"]?.double.map { -$0 } }),
    ("-KL", { $0["plain"]?["kl"]?.double.map { -$0 } }),
    ("-TV", { $0["plain"]?["tv"]?.double.map { -$0 } }),
    ("top-1", { $0["plain"]?["top1"]?.double }),
  ]
  for (name, measure) in measures {
    func values(_ isStudent: Bool) -> [Double] {
      judged.filter { $0.isStudent == isStudent }.compactMap { measure($0.answer.json) }
    }
    lines.append("  \(name): " + Separation(values(true), values(false)).text)
  }
  complain(lines.joined(separator: "\n") + "\n")
}

/// How well a measure tells two groups apart.
private struct Separation {
  let high: [Double]
  /// The largest first.
  let low: [Double]

  init(_ high: [Double], _ low: [Double]) {
    self.high = high
    self.low = low.sorted(by: >)
  }

  /// The probability that one of `high` is above one of `low`, ties half.
  var auc: Double {
    var sum = 0.0
    for value in high {
      for other in low { sum += value > other ? 1 : value == other ? 0.5 : 0 }
    }
    return sum / Double(max(1, high.count * low.count))
  }

  /// The share of `high` above a threshold that at most this share of `low` exceeds.
  func found(_ share: Double) -> Double {
    let place = Int((share * Double(low.count) + 1e-9).rounded(.down))
    guard place < low.count else { return 1 }
    return Double(high.count { $0 > low[place] }) / Double(max(1, high.count))
  }

  var text: String {
    [auc, found(0.01), found(0.05)].map { "\(($0 * 1000).rounded() / 1000)" }
      .joined(separator: ", ") + "; \(high.count), \(low.count)"
  }
}
