// Any bytes as a model card: its front matter is read, or a line is named.

import Base
import Formats
import TestSupport

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = FuzzInput.bytes(start, count)
  FuzzInput.expectRead { () throws(Problem) in
    let card = try ModelCard.read(bytes: bytes)
    precondition(card.body.count <= bytes.count, "the text below is longer than the file")
  }
  return 0
}
