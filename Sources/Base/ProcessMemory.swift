// How much memory this process has, as the kernel counts it.

import Glibc

public enum ProcessMemory {
  /// Bytes in physical memory now; 0 where /proc is not there.
  public static func residentBytes() -> Int {
    let descriptor = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return 0 }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 128)
    let count = unsafe read(descriptor, &buffer, buffer.count)
    guard count > 0 else { return 0 }
    // "size resident shared …", in pages.
    let words = buffer[0..<count].split(separator: UInt8(ascii: " "))
    guard words.count > 1, let pages = Int(String(decoding: words[1], as: UTF8.self)) else {
      return 0
    }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
