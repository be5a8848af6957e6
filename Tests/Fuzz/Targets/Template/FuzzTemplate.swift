// Any bytes as a chat template: searched to its end.

import Base
@testable import Formats
import TestSupport

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  _ = ChatTemplateScan.findings(in: FuzzInput.bytes(start, count), place: "fuzz")
  return 0
}
