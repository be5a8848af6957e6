// Any bytes as an HDF5 file: the attributes of its root group.

import Base
@testable import Formats
import TestSupport

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = FuzzInput.bytes(start, count)
  _ = KerasScan.findings(inHDF5: bytes.span.bytes, place: "fuzz")
  return 0
}
