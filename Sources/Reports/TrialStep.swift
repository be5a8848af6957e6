// One step of a trial in words, for every form of a report.
//
// A test is told with its verdict, the sentence that goes with it, p with its logarithm, and the
// number of comparisons it was adjusted for: no figure stands alone.

import Base
import Evidence

/// What an entry of a report's trials says.
struct TrialStep {
  /// A line of words, with a digest behind it or not.
  struct Line {
    var text: String
    var digest: String?
  }

  let title: String
  let verdict: String?
  let lines: [Line]

  init(_ entry: JSON) {
    var verdict: String?
    switch entry["event"]?.string {
    case "committed":
      title = "Committed"
      lines = Self.committed(entry)
    case "beacon":
      title = "Beacon"
      lines = [Line(text: "the value of round \(HTMLReport.text(entry["beacon"]?["round"]))")]
    case "delivered":
      title = "Delivered"
      lines = [
        Line(
          text:
            "to \(HTMLReport.text(entry["customer"])): \(HTMLReport.text(entry["lines"])) lines "
            + "of the record, root", digest: HTMLReport.text(entry["lines_root"]))
      ]
    case "revealed":
      title = "Revealed"
      lines = [Line(text: "for everybody to check: \(Self.names(entry["customers"]))")]
    case "tested":
      title = "Tested"
      verdict = HTMLReport.text(entry["verdict"])
      lines = Self.tested(entry)
    default:
      title = HTMLReport.text(entry["event"])
      lines = []
    }
    self.verdict = verdict
  }

  private static func committed(_ entry: JSON) -> [Line] {
    let references = names(entry["references"])
    return [
      Line(
        text: "to \(HTMLReport.text(entry["pairs"])) pairs, "
          + "\(HTMLReport.text(entry["equal_pairs"])) of them with equal twins"),
      Line(text: "customers: \(names(entry["customers"]))"),
      Line(text: "control variates: \(references.isEmpty ? "left open" : references)"),
      Line(text: "level \(HTMLReport.text(entry["plan"]?["alpha"]))"),
    ]
  }

  private static func tested(_ entry: JSON) -> [Line] {
    let count = entry["comparisons"]?.int ?? 1
    let logarithm = entry["log10_p_value"]?.double ?? 0
    let customer = entry["customer"]?.string.map { "coins of \($0): " } ?? ""
    return [
      Line(text: HTMLReport.text(entry["sentence"])),
      Line(
        text: "\(customer)p \(TailBound(log10: logarithm, isExact: true).text), log10 p "
          + "\(Figure.text(logarithm)), decided by \(HTMLReport.text(entry["decided_by"])); "
          + "adjusted for \(count) \(count == 1 ? "comparison" : "comparisons"): "
          + Figure.text(entry["p_adjusted"]?.double ?? 1)),
      Line(text: "suspect", digest: HTMLReport.text(entry["suspect"])),
    ]
  }

  private static func names(_ list: JSON?) -> String {
    (list?.array ?? []).map { $0.string ?? HTMLReport.text($0["name"]) }.joined(separator: ", ")
  }

  /// The trials of a report by the digest of their record, in the order of their first entries.
  static func byTrial(_ report: JSON) -> [(trial: String, entries: [JSON])] {
    var groups: [(trial: String, entries: [JSON])] = []
    for entry in report["trials"]?.array ?? [] {
      let name = HTMLReport.text(entry["trial"])
      if let place = groups.firstIndex(where: { ByteName($0.trial) == ByteName(name) }) {
        groups[place].entries.append(entry)
      } else {
        groups.append((name, [entry]))
      }
    }
    return groups
  }
}
