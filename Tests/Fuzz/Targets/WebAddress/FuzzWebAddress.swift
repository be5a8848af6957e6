// Any bytes as an address to call: a host and a port, or refused.

import Base
import HTTP
import TestSupport

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let text = String(decoding: FuzzInput.bytes(start, count), as: UTF8.self)
  FuzzInput.expectRead { () throws(Problem) in
    let address = try WebAddress(text)
    precondition(!address.host.isEmpty && address.port > 0 && address.target.hasPrefix("/"))
  }
  return 0
}
