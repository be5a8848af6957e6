// Opening containers: each member is judged as if it lay in the folder.
//
// A stored member is looked at where it lies. What is compressed comes out piece by piece: a tar
// archive is followed while it streams, anything else is held in memory up to a limit.

import Base

extension ContentLook {
  mutating func open(_ bytes: RawSpan, _ kind: ContainerKind, _ place: ContentPlace) {
    guard place.depth < ContentLimits.depthMax else {
      return unread(ContentStop.tooDeep.reason, place)
    }
    switch kind {
    case .zip: within { $0.openZip(bytes, place) }
    case .tar: within { $0.openTar(bytes, place) }
    case .gzip, .zlib, .bzip2, .xz, .lzma: within { $0.unpack(bytes, kind, place) }
    }
  }

  /// Runs `body` with a view of loaders of its own, and says what loaders of that archive would
  /// run.
  private mutating func within(_ body: (inout ContentLook) -> Void) {
    let outer = code
    code = LoadedCode()
    body(&self)
    let loaded = code.loaded()
    drop("code.present", at: loaded.covered)
    add(loaded.findings)
    code = outer
  }

  // MARK: Zip

  private mutating func openZip(_ bytes: RawSpan, _ place: ContentPlace) {
    guard let listing = ZipListing(bytes) else {
      return unread("an archive whose list of members is damaged", place)
    }
    let torch = TorchLayout(listing.items.map(\.name), of: place)
    if let torch, torch.allowance != .training { unreadWeights(torch.weights.rawValue, place) }
    for oddity in listing.oddities { unread("an archive in which \(oddity)", place) }
    var storedBytes = 0
    for item in listing.items where !item.isDirectory {
      storedBytes += item.storedByteCount
      guard storedBytes <= bytes.byteCount else {
        return unread("an archive whose members share bytes with one another", place)
      }
      do throws(ContentStop) { try budget.spendMember() } catch {
        return unread(error.reason, place)
      }
      open(item, bytes, torch, place.member(item.name))
    }
    if listing.isCut { unread(ContentStop.tooMany.reason, place) }
  }

  private mutating func open(
    _ item: ZipListing.Item, _ bytes: RawSpan, _ torch: TorchLayout?, _ place: ContentPlace
  ) {
    warnIfLeaving(item.name, place)
    if let problem = item.problem { return unread(problem, place) }
    let stored = bytes.extracting(item.dataOffset..<item.dataOffset + item.storedByteCount)
    let role = torch?.role(of: item.name) ?? .foreign
    if role == .storage { return }
    guard case .deflated = item.method else {
      if case .other(let method) = item.method {
        return unread("packed by method \(method), which is not unpacked", place)
      }
      return look(stored, in: torch, role, place)
    }
    var stream = UnpackedBytes(packedByteCount: stored.byteCount)
    do {
      try stream.check(announced: item.byteCount)
      _ = try Inflate.run(stored, limit: ContentLimits.unpackedBytesMax) {
        (piece: RawSpan) throws(ContentStop) in
        try budget.spend(bytes: piece.byteCount)
        try stream.take(piece)
      }
      let unpacked = stream.drain()
      unsafe look(unpacked.span.bytes, in: torch, role, place)
    } catch {
      end(stream, error, place)
    }
  }

  /// A member, by what it is in an archive of PyTorch.
  private mutating func look(
    _ bytes: RawSpan, in torch: TorchLayout?, _ role: TorchLayout.Role, _ place: ContentPlace
  ) {
    switch role {
    case .pickle:
      lookAtPickle(bytes, place, allowance: torch?.allowance)
    case .code: add(TorchScriptScan.findings(in: bytes.copy(), place: place.text))
    case .storage: break
    case .foreign: look(bytes, at: place)
    }
  }

  private mutating func warnIfLeaving(_ name: ByteName, _ place: ContentPlace) {
    guard ArchivePath.leaves(name) else { return }
    add("archive.path", .warning, "the name leads out of the archive's folder", place)
  }

  // MARK: Tar

  private mutating func openTar(_ bytes: RawSpan, _ place: ContentPlace) {
    do throws(ContentStop) {
      try TarReader.read(bytes) { (member, body) throws(ContentStop) in
        try open(member, body, in: place)
      }
    } catch {
      unread(error.reason, place)
    }
  }

  private mutating func open(
    _ member: TarReader.Member, _ body: RawSpan, in archive: ContentPlace
  ) throws(ContentStop) {
    try budget.spendMember()
    let place = archive.member(member.name)
    warnIfLeaving(member.name, place)
    switch member.kind {
    case .file: look(body, at: place)
    case .link(let target):
      guard ArchivePath.leaves(target) else { return }
      add(
        "archive.path", .warning,
        "a link to \(target.quoted), which is not in the archive's folder", place)
    case .tooLarge: unread(ContentStop.member.reason, place)
    case .other(let type): unread("a member of type \(type), which is not read", place)
    }
  }

  // MARK: Compressed streams

  private mutating func unpack(_ bytes: RawSpan, _ kind: ContainerKind, _ place: ContentPlace) {
    let inner = place.unpacked
    var stream = UnpackedBytes(packedByteCount: bytes.byteCount)
    var tar: TarReader?
    do {
      try PackedStream.unpack(bytes, kind) { (piece: RawSpan) throws(ContentStop) in
        try budget.spend(bytes: piece.byteCount)
        try stream.take(piece)
        if tar == nil, stream.isFirst, stream.looksLikeTar { tar = TarReader() }
        guard tar != nil else { return }
        let held = stream.drain()
        try unsafe tar?.feed(held.span.bytes) { (member, body) throws(ContentStop) in
          try open(member, body, in: inner)
        }
      }
      if let tar {
        try tar.finish()
      } else {
        let unpacked = stream.drain()
        unsafe look(unpacked.span.bytes, at: inner)
      }
    } catch {
      end(stream, error, place)
    }
  }

  /// A stream that was not followed to its end. What came out of it may be a pickle, which would
  /// have run by then.
  private mutating func end(_ stream: UnpackedBytes, _ error: any Error, _ place: ContentPlace) {
    stream.withHeld { held in
      if case .pickle = ContentKind.detect(held, at: place) { lookAtPickle(held, place) }
    }
    let stop = error as? ContentStop ?? .damaged("what is packed in it is damaged or breaks off")
    unread(stop.reason, place)
  }
}

/// What comes out of a compressed stream, held until it is looked at.
struct UnpackedBytes {
  private let packedByteCount: Int
  private var producedBytes = 0
  private var held: [UInt8] = []

  init(packedByteCount: Int) { self.packedByteCount = packedByteCount }

  /// Whether nothing was taken out yet.
  var isFirst: Bool { held.count == producedBytes }
  var looksLikeTar: Bool { unsafe TarHeader.isLikely(held.span.bytes) }

  /// Throws for a member that says itself that it grows too much.
  func check(announced byteCount: Int) throws(ContentStop) {
    guard !grows(to: byteCount) else { throw .grows }
  }

  mutating func take(_ piece: RawSpan) throws(ContentStop) {
    producedBytes += piece.byteCount
    guard !grows(to: producedBytes) else { throw .grows }
    guard held.count + piece.byteCount <= ContentLimits.heldBytesMax else { throw .member }
    unsafe piece.withUnsafeBytes { unsafe held.append(contentsOf: $0) }
  }

  mutating func drain() -> [UInt8] {
    defer { held = [] }
    return held
  }

  func withHeld(_ body: (RawSpan) -> Void) { unsafe body(held.span.bytes) }

  private func grows(to byteCount: Int) -> Bool {
    byteCount > ContentLimits.growthFreeBytes
      && byteCount / ContentLimits.growthMax >= max(1, packedByteCount)
  }
}
