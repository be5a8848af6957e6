// What the newest decisions will say on coming days, if nothing but the day changes.
//
// Promises: a day stands in it exactly if deciding again on that day would give another verdict
// than on the day before. Nothing is written.

import Base
import Ledger
import Policy
import State

/// A verdict that the day alone changes.
public struct CalendarChange: Equatable, Sendable {
  public let day: CalendarDay
  public let model: Digest
  public let name: String
  public let from: Verdict
  public let to: Verdict
  /// Ids of the rules that say something else than before.
  public let rules: [String]
}

extension Standing {
  /// Changes from tomorrow up to and including `last`, by day, then by name.
  /// - Parameter failed: told of decisions whose rules, asker or facts are gone.
  public func calendar(
    until last: CalendarDay, failed: (Decision, Problem) -> Void = { _, _ in }
  ) throws(Problem) -> [CalendarChange] {
    var changes: [CalendarChange] = []
    for decision in try reader.newestDecisions() {
      do throws(Problem) {
        changes += try self.changes(of: decision, until: last)
      } catch {
        guard error.kind != .failure else { throw error }
        failed(decision, error)
      }
    }
    return changes.sorted { a, b in
      a.day != b.day
        ? a.day < b.day
        : (ByteName(a.name), ByteName(a.model.tagged)) < (
          ByteName(b.name), ByteName(b.model.tagged)
        )
    }
  }

  private func changes(
    of decision: Decision, until last: CalendarDay
  ) throws(Problem) -> [CalendarChange] {
    let check = decision.check
    guard let facts = try facts(of: check), let policy = check.policy else {
      throw Problem(
        .undecided, "facts_missing", place: check.model.tagged,
        reason: "what was recorded of the model is not here",
        remedy: "check the model again with `assay check`")
    }
    let lineage = try ModelLineage(of: facts, in: reader)
    let question = try question(of: check)
    let pack = try sources.pack(policy.source)
    let request = try question.policyRequest(about: facts, lineage: lineage, pack: pack)
    let timeline: PolicyTimeline
    do throws(Problem) {
      timeline = try PolicyTimeline(pack, request)
    } catch {
      // Nobody said what the model is for: no day changes that.
      guard error.code == "missing_request" else { throw error }
      return []
    }
    let duties = facts.duties(under: request)
    let accepted = { (day: CalendarDay) in
      FileAcceptance(of: facts.fileFindings, by: lineage.waivers, on: day)
    }
    let verdict = { (answer: PolicyTimeline.DayAnswer, files: FileAcceptance) in
      Answer.verdict(
        policy: answer.verdict, files: files.findings, about: facts, lineage: lineage,
        duties: duties
      ).cautious(about: facts, catalogue: sources.catalogue)
    }
    var changes: [CalendarChange] = []
    var before = (answer: timeline.answer(on: sources.today), files: accepted(sources.today))
    let days = Set(timeline.turningDays(after: sources.today))
      .union(FileAcceptance.turningDays(of: lineage.waivers, after: sources.today))
    for day in days.sorted() where day <= last {
      let now = (answer: timeline.answer(on: day), files: accepted(day))
      let (old, new) = (verdict(before.answer, before.files), verdict(now.answer, now.files))
      if new != old {
        let files = Set(now.files.rules).symmetricDifference(before.files.rules)
        changes.append(
          CalendarChange(
            day: day, model: check.model, name: check.name, from: old, to: new,
            rules: now.answer.changedRules(since: before.answer) + files.sorted()))
      }
      before = now
    }
    return changes
  }
}
