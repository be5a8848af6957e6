// The templates that the program carries, decoded and indexed on first use.

import Base
import CEmbedded
import Crypto

enum Embedded {
  /// Damage in the embedded file is our own mistake; it would show in every test.
  static let library: Library = {
    let data = unsafe ce_licence_templates()
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: data.bytes, count: data.count))
    do throws(Problem) {
      return Library(try TemplateCodec.decode(bytes))
    } catch {
      preconditionFailure("the embedded templates are damaged: \(error.reason)")
    }
  }()
}

extension Licensing {
  /// Names the texts and tables that licences are recognised with: another digest, and the same
  /// folder may be answered otherwise.
  public static let catalogueDigest: Digest = {
    var hash = SHA256()
    for unsafedata in unsafe [ce_licence_templates(), ce_policy_licences(), ce_policy_models()] {
      hash.update(Array(unsafe "\(data.count):".utf8))
      unsafe hash.update(Array(UnsafeBufferPointer(start: data.bytes, count: data.count)))
    }
    return hash.digest()
  }()
}
