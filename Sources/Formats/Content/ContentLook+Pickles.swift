// Pickles wherever they lie, and the arrays of NumPy that hold some.

import Base

extension ContentLook {
  /// A pickle that announces itself.
  mutating func lookAtPickle(
    _ bytes: RawSpan, _ place: ContentPlace, allowance: PickleAllowance? = nil
  ) {
    let allowance = allowance ?? PickleAllowance(file: place)
    let scan = PickleScan(
      bytes.copy(atMost: PickleMachine.bytesMax), place: place.text, job: budget.run)
    guard allowance == .tensors else { return judge(scan, allowance, place) }
    add(scan.findings)
    guard !scan.findings.contains(where: { $0.severity == .error }) else { return }
    if let problem = scan.problem {
      let reason =
        bytes.byteCount > PickleMachine.bytesMax
        ? "it has more than \(PickleMachine.bytesMax >> 20) MiB" : problem.reason
      unread("it begins like a pickle and is not followed to its end: \(reason)", place)
    } else if scan.imports.isEmpty {
      add("pickle.data", .note, "a pickle of plain data, which imports nothing", place)
    } else {
      unreadWeights(UnreadWeights.torch.rawValue, place)
    }
  }

  /// Judges the imports alone: what is allowed may be called.
  private mutating func judge(
    _ scan: PickleScan, _ allowance: PickleAllowance, _ place: ContentPlace
  ) {
    var allowed: [String] = []
    var isRefused = false
    for item in scan.imports {
      if let global = item.global, allowance.allows(global) {
        if !global.isAllowed, !allowed.contains(global.text) { allowed.append(global.text) }
        continue
      }
      isRefused = true
      let name = item.global?.text ?? "a name that only running it could tell"
      findings(
        "pickle-global", "imports \(name), which loading it would run", place, item.offset)
    }
    for offset in scan.opaqueCalls {
      isRefused = true
      findings("pickle-call", "calls something that only running it could tell", place, offset)
    }
    if let problem = scan.problem, !isRefused {
      return unread("a pickle that is not followed to its end: \(problem.reason)", place)
    }
    guard allowance == .training, !isRefused, !allowed.isEmpty else { return }
    let names = allowed.prefix(6).joined(separator: ", ") + (allowed.count > 6 ? ", …" : "")
    add(
      "pickle.auxiliary", .warning,
      "a pickle that training left behind; no loader of the model needs it. It imports \(names)",
      place)
  }

  private mutating func findings(
    _ id: String, _ message: String, _ place: ContentPlace, _ offset: Int
  ) {
    add([
      Finding(id: id, severity: .error, message: message, place: "\(place.text): byte \(offset)")
    ])
  }

  /// A pickle of protocol 0 or 1, which nothing announces. Text is one only if a run ends at STOP
  /// and imports something; other bytes also if they call something before they break.
  mutating func lookForBarePickle(
    _ bytes: RawSpan, isText: Bool, _ place: ContentPlace
  ) -> Bool {
    guard let first = bytes.byte(0), Self.pickleStarts.contains(first) else { return false }
    let scan = PickleScan(
      bytes.copy(atMost: PickleMachine.bytesMax), place: place.text, job: budget.run)
    let runs =
      scan.importsToStop > 0 || (!isText && scan.findings.contains { $0.id == "pickle-call" })
    // An unpickler would go on where a limit of ours ends the run.
    let isOpen =
      scan.cause == .limit
      || scan.cause == .ended && bytes.byteCount > PickleMachine.bytesMax
    if !runs, isOpen, !scan.imports.isEmpty {
      unread("it begins like a pickle that imports something, and is too long to follow", place)
    }
    guard runs else { return false }
    if PickleAllowance(file: place) == .training {
      judge(scan, .training, place)
    } else {
      add(scan.findings)
    }
    return true
  }

  /// Opcodes that may stand first without PROTO.
  private static let pickleStarts = Set("(]})cILFSVNKMJXUTGB0".utf8)

  mutating func lookAtArray(_ bytes: RawSpan, _ place: ContentPlace) {
    switch NPY.elements(bytes) {
    case .plain: break
    case .objects(let offset):
      add(
        "npy-object", .error,
        "the array holds Python objects: its data is a pickle, which loading it would run", place)
      let pickle = bytes.copy(from: offset, atMost: PickleMachine.bytesMax)
      add(PickleScan(pickle, place: place.text, job: budget.run).findings)
    case nil: unread("an array of NumPy whose header cannot be read", place)
    }
  }
}
