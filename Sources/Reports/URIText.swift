// Foreign text inside URIs: everything but unreserved characters is percent-encoded (RFC 3986
// section 2), so no name can end a path, open a query or leave its folder.

import Base

enum URIText {
  /// One segment of a path or of a URN.
  static func encoded(_ text: String) -> String {
    var encoded = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
        encoded.unicodeScalars.append(UnicodeScalar(byte))
      default: encoded += "%" + Hex.encode([byte]).uppercased()
      }
    }
    return encoded
  }

  /// A relative path; its slashes stay.
  static func path(_ path: String) -> String {
    path.split(separator: "/", omittingEmptySubsequences: false).map { encoded(String($0)) }
      .joined(separator: "/")
  }
}
