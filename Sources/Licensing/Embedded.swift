// The templates that the program carries, decoded and indexed on first use.

import Base
import CEmbedded
import Crypto

enum Embedded {
  /// Damage in the embedded file is our own mistake; it would show in every test.
  static let library: Library = {
    do throws(Problem) {
      return Library(try TemplateCodec.decode(unsafe bytes(ce_licence_templates())))
    } catch {
      preconditionFailure("the embedded templates are damaged: \(error.reason)")
    }
  }()

  static func bytes(_ data: ce_data) -> [UInt8] {
    unsafe [UInt8](UnsafeBufferPointer(start: data.bytes, count: data.count))
  }
}

extension Licensing {
  /// Names the texts and tables that licences are recognised with: another digest, and the same
  /// folder may be answered otherwise.
  public static let catalogueDigest: Digest = {
    var hash = SHA256()
    for bytes in unsafe [
      Embedded.bytes(ce_licence_templates()), Embedded.bytes(ce_policy_licences()),
      Embedded.bytes(ce_policy_models()),
    ] {
      hash.update(Array("\(bytes.count):".utf8))
      hash.update(bytes)
    }
    return hash.digest()
  }()
}
