// Keeps a file that another process shortens from killing this one.
//
// Reading a mapped page that lies behind the new end of its file raises SIGBUS. The handler here
// puts a page of zeros in its place, so that the reader goes on and then learns from
// `checkUnchanged` that the file changed. It acts only on addresses of files that `MappedFile`
// mapped; any other SIGBUS goes to whoever handled it before.
//
// The handler may run between any two instructions: it allocates nothing, takes no lock, and
// reads a table of plain words that is never freed.

import Glibc
import Synchronization

/// The mappings the handler may mend.
enum MappingGuard {
  private static let slotCount = 4096
  /// Which slots are taken; nil once the handler could not be installed.
  private static let free = Mutex<[Int]?>(nil)
  private static let isInstalled = Atomic<Bool>(false)

  /// Protects a mapping; the number is given back to `release`. Nil if the table is full: then a
  /// shortened file ends the process, as it would without this guard.
  static func protect(_ base: UnsafeRawPointer, _ byteCount: Int) -> Int? {
    free.withLock { free in
      if !isInstalled.exchange(true, ordering: .relaxed) { free = install() }
      guard let slot = free?.popLast(), let table = unsafe guardedRanges else { return nil }
      unsafe table[slot].end = UInt(bitPattern: base) + UInt(byteCount)
      unsafe table[slot].start = UInt(bitPattern: base)
      return slot
    }
  }

  /// Forgets a mapping before it is unmapped.
  static func release(_ slot: Int) {
    free.withLock { free in
      unsafe guardedRanges?[slot] = GuardedRange()
      free?.append(slot)
    }
  }

  private static func install() -> [Int]? {
    let table = UnsafeMutablePointer<GuardedRange>.allocate(capacity: slotCount)
    unsafe table.initialize(repeating: GuardedRange(), count: slotCount)
    unsafe guardedRanges = table
    unsafe guardedCount = slotCount
    let before = UnsafeMutablePointer<sigaction>.allocate(capacity: 1)
    unsafe before.initialize(to: sigaction())
    unsafe handlerBefore = before
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_sigaction = { _, info, _ in unsafe mend(info) }
    action.sa_flags = SA_SIGINFO
    guard unsafe sigaction(SIGBUS, &action, before) == 0 else { return nil }
    return Array((0..<slotCount).reversed())
  }
}

/// The addresses of one mapping; empty if the slot is free.
private struct GuardedRange {
  var start: UInt = 0
  var end: UInt = 0
}

// Globals with constant values: the handler must not run an initialiser.
private nonisolated(unsafe) var guardedRanges: UnsafeMutablePointer<GuardedRange>?
private nonisolated(unsafe) var guardedCount = 0
// The former handler lies on the heap: Swift 6.3 gives a global of this type 148 bytes, leaving out
// the gap before its last member, and the system writes 152.
private nonisolated(unsafe) var handlerBefore: UnsafeMutablePointer<sigaction>?

/// Puts zeros where the file no longer is, or lets the signal go on to the former handler.
private func mend(_ info: UnsafeMutablePointer<siginfo_t>?) {
  let address = unsafe UInt(bitPattern: info?.pointee._sifields._sigfault.si_addr)
  if let table = unsafe guardedRanges {
    for slot in unsafe 0..<guardedCount
    where unsafe table[slot].start <= address && address < table[slot].end {
      let page: UInt = 4096
      let start = unsafe UnsafeMutableRawPointer(bitPattern: address & ~(page - 1))
      let made = unsafe mmap(
        start, Int(page), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
      if unsafe made != MAP_FAILED { return }
    }
  }
  // Returning repeats the access, and with it the signal.
  unsafe sigaction(SIGBUS, handlerBefore, nil)
}
