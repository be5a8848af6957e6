// Makes canonical bytes from stored ones: inflated, strides undone, little-endian.

import Base

extension OpenModel {
  /// The canonical bytes of a tensor whose layout is not plain; `bytes` is the whole file.
  func canonicalBytes(of entry: TensorEntry, in bytes: RawSpan) -> [UInt8] {
    []
  }
}
extension OpenModel {
  /// Checks what an archive says of its members against their bytes.
  public func checkArchives() throws(Problem) {}
}
