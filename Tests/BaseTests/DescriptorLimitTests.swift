import Base
import Foundation
import Testing

@Suite("The limit of descriptors")
struct DescriptorLimitTests {
  @Test("is raised to what the system allows")
  func raised() {
    #expect(DescriptorLimit.raise() >= 256)
    var limit = rlimit()
    #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
    #expect(limit.rlim_cur == limit.rlim_max)
  }

  @Test(
    "leaves a share for jobs",
    arguments: [(256, 128), (1024, 512), (4096, 1024), (1 << 20, 1024)])
  func reserve(limit: Int, wanted: Int) {
    #expect(DescriptorLimit.reserve(of: limit) == wanted)
  }
}
