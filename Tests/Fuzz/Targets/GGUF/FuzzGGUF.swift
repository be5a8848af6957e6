// Any bytes as a GGUF file: head, metadata, every array and every tensor.

import Base
import Formats
import TestSupport

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let path = FuzzInput.file("m.gguf", FuzzInput.bytes(start, count))
  FuzzInput.expectRead { () throws(Problem) in
    let model = try OpenModel.open(path)
    for entry in model.tensors where entry.byteCount < 1 << 20 {
      let read = model.withBytes(of: entry) { $0.byteCount }
      precondition(read == entry.byteCount, "a tensor has other bytes than its entry says")
    }
    for (_, value) in model.ggufMetadata {
      _ = value.array?.strings
      _ = value.array?.floats
      _ = value.array?.integers
      _ = value.text
    }
    let name = model.ggufMetadata["general.architecture"]?.text ?? ""
    let counts = HeadCounts(metadata: model.ggufMetadata, architecture: name)
    _ = (counts.queries(layer: 0), counts.keys(layer: Int.max))
  }
  return 0
}
