// Any bytes as a deflate stream: at most as many bytes as asked for.

import Base
@testable import Formats

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  if let out = try? Inflate.bytes(bytes.span.bytes, limit: 1 << 16) {
    precondition(out.count <= 1 << 16, "more bytes than the limit")
  }
  return 0
}
