// Any bytes as pickles in a row: followed to the end, never run, within the limits of memory.

import Base
@testable import Formats
import TestSupport

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let scan = PickleScan(FuzzInput.bytes(start, count), place: "fuzz")
  precondition(scan.first != nil || scan.problem != nil, "neither a value nor a reason")
  if let (machine, value) = scan.first { _ = machine.value(value) }
  return 0
}
