// The look at one content: what it is, what could run in it, and whether anybody read it.
//
// Reads: of text the whole, however long; of pickles what a run follows; of
// containers the members, unpacked in memory piece by piece; of everything else the first bytes,
// the structure and the tail. Never a second read of a file of weights.
// Promises: total over any bytes; bounded by `ContentLimits`; what is not looked at is a finding.
// Does not: run, import or write anything.

import Base

/// Looks at the contents of one file of a model and at what is packed in it.
struct ContentLook {
  private var listed: [Finding] = []
  private var counts = FindingCounts()
  var budget: ContentBudget
  /// What loaders would be told by the files of the innermost archive that is open, or of the
  /// folder if none is.
  var code = LoadedCode()

  init(fileByteCount: Int, run: Run = Run()) {
    budget = ContentBudget(fileByteCount: fileByteCount, run: run)
  }

  /// What was found; beyond a number of one kind, how many more.
  var findings: [Finding] { listed + counts.unlisted }

  /// Looks at `bytes`. What weights of a kind that is read say is left to the caller, for a file
  /// of the folder; inside an archive they are named as unread.
  mutating func look(_ bytes: RawSpan, at place: ContentPlace) {
    let kind = ContentKind.detect(bytes, at: place, run: budget.run)
    look(bytes, as: kind, at: place)
    if kind != .container(.zip) { lookAtTail(of: bytes, place) }
  }

  mutating func look(_ bytes: RawSpan, as kind: ContentKind, at place: ContentPlace) {
    switch kind {
    case .empty: break
    case .text(let text): lookAtText(bytes, text, place)
    case .pickle: lookAtPickle(bytes, place)
    case .array: lookAtArray(bytes, place)
    case .container(let container): open(bytes, container, place)
    case .weights, .unreadWeights: lookAtWeights(bytes, kind, place)
    case .harmless(let harmless): lookAtData(bytes, harmless, place)
    case .native(let native):
      code.note(native: place)
      add("code.present", .warning, "compiled code: \(native.rawValue)", place)
    case .closed(let archive):
      unread("\(archive.rawValue), which is not opened", place)
    case .unknown: lookAtUnknown(bytes, place)
    }
  }

  // MARK: Findings

  mutating func add(_ id: String, _ severity: Severity, _ message: String, _ place: ContentPlace) {
    add([Finding(id: id, severity: severity, message: message, place: place.text)])
  }

  mutating func add(_ more: [Finding]) {
    for finding in more where counts.count(finding) { listed.append(finding) }
  }

  /// Takes away what was said under an id at some places, because something graver is said.
  mutating func drop(_ id: String, at places: Set<String>) {
    guard !places.isEmpty else { return }
    listed.removeAll { $0.id == id && places.contains($0.place ?? "") }
  }

  /// Names a file that nobody read.
  mutating func unread(_ what: String, _ place: ContentPlace) {
    add("file.unread", .warning, "not read: \(what)", place)
  }

  mutating func unreadWeights(_ what: String, _ place: ContentPlace) {
    add("weights.unread", .warning, "weights that were not read: \(what)", place)
  }

  // MARK: Kinds

  private mutating func lookAtWeights(
    _ bytes: RawSpan, _ kind: ContentKind, _ place: ContentPlace
  ) {
    scanWeights(bytes, kind, place)
    switch kind {
    case .unreadWeights(let weights): unreadWeights(weights.rawValue, place)
    default: unreadWeights(UnreadWeights.packed.rawValue, place)
    }
  }

  private mutating func lookAtData(
    _ bytes: RawSpan, _ kind: HarmlessKind, _ place: ContentPlace
  ) {
    if kind == .pdf {
      lookAtPDF(bytes, place)
    } else if let end = DataFile.end(of: kind, bytes), end < bytes.byteCount {
      let rest = bytes.extracting(end..<bytes.byteCount)
      guard !rest.copy(atMost: 4096).allSatisfy({ $0 == 0 || $0 == 0x0A || $0 == 0x0D }),
        !ZipListing.isAppended(to: bytes)
      else { return }
      if case .unknown = ContentKind.detect(rest, at: place) {
        unread("\(rest.byteCount) bytes behind the end of the \(kind.rawValue)", place)
      } else {
        look(rest, at: place)
      }
    }
  }

  /// Bytes that nothing recognises: they may still be a pickle without its first opcode.
  private mutating func lookAtUnknown(_ bytes: RawSpan, _ place: ContentPlace) {
    if lookForBarePickle(bytes, isText: false, place) { return }
    if place.depth > 0, GitStore.isLooseObject(bytes, at: place) { return }
    unread("no kind of file that is known", place)
  }

  /// An archive behind something else: readers of archives look at the end of a file alone.
  mutating func lookAtTail(of bytes: RawSpan, _ place: ContentPlace) {
    guard ZipListing.isAppended(to: bytes) else { return }
    add(
      "polyglot", .warning,
      "an archive stands behind something else: readers of archives see other content", place)
    open(bytes, .zip, place)
  }
}
