// Any bytes as an array of NumPy or an archive of arrays.

import Base
import Formats
import TestSupport

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let path = FuzzInput.file("m.npz", FuzzInput.bytes(start, count))
  FuzzInput.expectRead { () throws(Problem) in
    let model = try OpenModel.open(path)
    for entry in model.tensors where entry.byteCount < 1 << 20 {
      let read = model.withBytes(of: entry) { $0.byteCount }
      precondition(read == entry.byteCount, "a tensor has other bytes than its entry says")
    }
    try model.checkArchives(run: Run())
  }
  return 0
}
