// Any bytes as the name of a tensor: what is read is what would be written.

import Base
import Formats
import TestSupport

/// Every convention, turned round once.
private let conventions = TensorFamily.all.flatMap { [$0.huggingFace.names, $0.gguf.names] }
  .map { ($0, TensorNameIndex($0)) }

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let name = ByteName(bytes: FuzzInput.bytes(start, count))
  for (names, index) in conventions {
    guard let place = index.place(of: name) else { continue }
    precondition(names.allNames(of: place).contains(name), "read and written differ")
  }
  let read = NameReader(nil, names: [name]).read(name)
  precondition(read.ending.bytes.count <= name.bytes.count, "the ending is longer than the name")
  return 0
}
