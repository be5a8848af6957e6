// `assay doctor`: what is wrong with a state, a configuration, a machine.

import Base
import Inference
import Ledger
import Policy
import Register
import State

let doctorCommand = Command(
  path: ["doctor"],
  summary: "Look for faults in the state, the configuration and the machine",
  discussion: """
    Changes nothing, except with --rebuild: the register of decisions is then made anew from the
    log, and must come out as it was.
    """,
  options: [
    .flag("--rebuild", "make the register of decisions anew from the log"), .state, .json,
  ],
  examples: [
    Example("assay doctor", "a line for each thing looked at"),
    Example("assay doctor --rebuild", "the register, made anew and held against what was there"),
  ]
) { invocation in
  let checks = try doctorChecks(invocation)
  if invocation.flag("--json") {
    invocation.output.json([
      "ok": .bool(checks.allSatisfy(\.passed)),
      "checks": .array(
        checks.map {
          ["name": .string($0.name), "ok": .bool($0.passed), "detail": .string($0.detail)]
        }),
    ])
  } else {
    for check in checks {
      invocation.output.line("\(check.passed ? "ok  " : "FAIL") \(check.name): \(check.detail)")
    }
  }
  return checks.allSatisfy(\.passed) ? .yes : .no
}

private struct DoctorCheck {
  let name: String
  let passed: Bool
  let detail: String

  /// Runs one check; what it throws is its fault.
  init(_ name: String, _ body: () throws -> String) {
    self.name = name
    do {
      detail = try body()
      passed = true
    } catch {
      detail = "\(error)"
      passed = false
    }
  }
}

/// Throws for a setting that is not known, for a pack that does not load, and for a profile that
/// fits none of the packs.
private func checkConfiguration(_ state: StateDirectory) throws(Problem) {
  let settings = try StateSettings(state)
  var packs = [try PolicyPack.shipped()]
  for (name, directory) in settings.packs.sorted(by: { ByteName($0.key) < ByteName($1.key) }) {
    do throws(Problem) { packs.append(try PolicyPack.load(directory)) } catch {
      throw error.at("\(state.configPath)#/policies/\(name)")
    }
  }
  guard let profile = settings.profile else { return }
  var fault: Problem?
  for pack in packs {
    do throws(Problem) {
      try pack.check(profile: profile)
      return
    } catch { fault = fault ?? error }
  }
  if var fault {
    fault.place = "\(state.configPath)#/profile\(fault.place ?? "")"
    throw fault
  }
}

private func doctorChecks(_ invocation: Invocation) throws(Problem) -> [DoctorCheck] {
  let state = try StateDirectory.located(invocation.value("--state"))
  var checks = [
    DoctorCheck("machine") {
      "\(Parallel.defaultThreads) processors, arithmetic kernel \(Kernel.best.name)"
    },
    DoctorCheck("policies") {
      let pack = try PolicyPack.shipped()
      return
        "\(pack.ruleCount) rules and \(pack.licenceCount) licences load and hold their scenarios"
    },
    DoctorCheck("state") {
      guard state.exists else {
        throw Problem(
          .usage, "no_state", place: state.path, reason: "there is no state here yet",
          remedy: "make one with `assay init`")
      }
      return state.path
    },
  ]
  guard state.exists else { return checks }
  checks.append(
    DoctorCheck("configuration") {
      guard FileSystem.exists(state.configPath) else { return "none; defaults are used" }
      try checkConfiguration(state)
      return state.configPath
    })
  checks.append(
    DoctorCheck("keys") {
      _ = try state.statementKey(passphrase: try StateDirectory.passphrase())
      return "\(try state.trustedKeys().count) trusted keys; the statement key opens"
    })
  checks.append(
    DoctorCheck("ledger") {
      let ledger = try state.openLedger(passphrase: try StateDirectory.passphrase())
      let checkpoint = try ledger.checkpoint()
      return "\(checkpoint.size) entries, root \(checkpoint.root.hex.prefix(16))…"
    })
  if invocation.flag("--rebuild") {
    checks.append(
      DoctorCheck("register") {
        guard try StateLog(state).rebuild() else {
          throw Problem(
            .failure, "register_differed", place: state.databasePath,
            reason: "the register was not what the log says; it is now",
            remedy: "look for what wrote to the database besides Assay")
        }
        return "made anew from the log, and the same as before"
      })
  }
  return checks
}
