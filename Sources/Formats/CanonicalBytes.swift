// Makes canonical bytes from stored ones: inflated, strides undone, little-endian.

import Base

extension OpenModel {
  /// The canonical bytes of a tensor whose layout is not plain; `bytes` is the whole file.
  func canonicalBytes(of entry: TensorEntry, in bytes: RawSpan) -> [UInt8] {
    []
  }
}
