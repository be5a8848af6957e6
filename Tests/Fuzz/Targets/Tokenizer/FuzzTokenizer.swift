// Any bytes as tokenizer.json: read whole or refused; what is read can encode.

import Base
import Inference
import TestSupport

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let path = FuzzInput.file("tokenizer.json", FuzzInput.bytes(start, count))
  FuzzInput.expectRead { () throws(Problem) in
    let tokenizer = try Tokenizer.load(path: path)
    _ = tokenizer.encode(Array("a b\u{301}1".utf8))
  }
  return 0
}
