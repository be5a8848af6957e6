// Any bytes as a SentencePiece model.

import Base
import Formats
import TestSupport

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = FuzzInput.bytes(start, count)
  FuzzInput.expectRead { () throws(Problem) in
    let model = try SentencePieceModel(reading: bytes, file: "fuzz")
    precondition(!model.pieces.isEmpty, "a model without pieces")
  }
  return 0
}
