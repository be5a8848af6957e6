// How many descriptors this process may have open. The usual soft limit of 1024 is there for
// programs that use select(2); this one polls, and takes what the hard limit allows.

import Glibc

public enum DescriptorLimit {
  /// Raises the soft limit to the hard one; what holds then.
  @discardableResult
  public static func raise() -> Int {
    var limit = rlimit()
    let resource = __rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue))
    guard unsafe getrlimit(resource, &limit) == 0 else { return 1024 }
    if limit.rlim_cur < limit.rlim_max {
      var raised = limit
      raised.rlim_cur = limit.rlim_max
      if unsafe setrlimit(resource, &raised) == 0 { limit = raised }
    }
    return Int(clamping: limit.rlim_cur)
  }

  /// Descriptors that connections leave alone, of `limit`: for the files that jobs read and the
  /// state that they write.
  public static func reserve(of limit: Int) -> Int { min(limit / 2, 1024) }
}
