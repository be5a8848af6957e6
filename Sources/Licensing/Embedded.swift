// The templates that the program carries, decoded and indexed on first use.

import Base
import CEmbedded

enum Embedded {
  /// Damage in the embedded file is our own mistake; it would show in every test.
  static let library: Library = {
    let data = ce_licence_templates()
    let bytes = [UInt8](UnsafeBufferPointer(start: data.bytes, count: data.count))
    do throws(Problem) {
      return Library(try TemplateCodec.decode(bytes))
    } catch {
      preconditionFailure("the embedded templates are damaged: \(error.reason)")
    }
  }()
}
