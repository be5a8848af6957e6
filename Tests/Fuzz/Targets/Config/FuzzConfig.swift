// Any bytes as config.json: every kind of setting is asked for.

import Base
import Formats
import TestSupport

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let folder = FuzzInput.folder("config.json", FuzzInput.bytes(start, count))
  FuzzInput.expectRead { () throws(Problem) in
    guard let config = try ModelConfig.read(in: folder) else { return }
    _ = TensorFamily.of(modelType: config.modelType)
    for key in config.settings.keys.prefix(16) {
      _ = try? config.integer(key)
      _ = try? config.number(key)
      _ = try? config.flag(key)
      _ = try? config.text(key)
      _ = try? config.array(key)
    }
  }
  return 0
}
