// Any bytes as YAML, and as Markdown with front matter.

import Base
@testable import Formats
import TestSupport

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = FuzzInput.bytes(start, count)
  _ = YAMLScan.findings(in: bytes, place: "fuzz")
  _ = YAMLScan.findings(inMarkdown: bytes.span.bytes, place: "fuzz")
  return 0
}
