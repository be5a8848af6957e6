// Any bytes as the code of a TorchScript model.

import Base
@testable import Formats
import TestSupport

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = FuzzInput.bytes(start, count)
  _ = TorchScriptScan.findings(in: bytes, place: "fuzz")
  return 0
}
