// Any bytes as the index of shards, with no shard beside it.

import Base
import Formats
import TestSupport

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let folder = FuzzInput.folder("model.safetensors.index.json", FuzzInput.bytes(start, count))
  FuzzInput.expectRead { () throws(Problem) in _ = try OpenModel.open(folder) }
  return 0
}
