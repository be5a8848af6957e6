// Any bytes as a graph of TensorFlow, in binary and in text form, and as a model of ONNX.

import Base
@testable import Formats
import TestSupport

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = FuzzInput.bytes(start, count)
  _ = TensorFlowScan.findings(in: bytes.span.bytes, place: "fuzz")
  _ = TensorFlowTextScan.findings(in: bytes, place: "fuzz")
  _ = ONNXOperatorScan.findings(in: bytes.span.bytes, place: "fuzz")
  return 0
}
