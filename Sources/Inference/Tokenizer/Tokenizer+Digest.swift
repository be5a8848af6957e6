// The identity of a tokenizer, as far as comparing distributions over its tokens needs it.
//
// Digest: SHA-256 over "assay.tokenizer/1\n", then for each identifier from 0: one byte, 1 if it
// has a token, else 0; then for a token the number of its bytes (u32, little-endian) and the bytes
// it stands for. A space is a space, however a vocabulary spells it, so a model converted to
// another format keeps its digest unless the converter added or dropped tokens.

import Base
import Crypto

extension Tokenizer {
  static func digest(of meanings: [[UInt8]?]) -> Digest {
    var hash = SHA256()
    hash.update(Array("assay.tokenizer/1\n".utf8))
    var block: [UInt8] = []
    for meaning in meanings {
      guard let meaning else {
        block.append(0)
        continue
      }
      block.append(1)
      let count = UInt32(truncatingIfNeeded: meaning.count)
      for shift: UInt32 in [0, 8, 16, 24] {
        block.append(UInt8(truncatingIfNeeded: count >> shift))
      }
      block += meaning
      if block.count >= 1 << 16 {
        hash.update(block)
        block.removeAll(keepingCapacity: true)
      }
    }
    hash.update(block)
    return hash.digest()
  }
}
