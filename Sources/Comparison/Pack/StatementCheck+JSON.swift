// A statement of a pack: in-toto as it stands, or within the DSSE envelope that somebody signed.

import Base
import Crypto

extension StatementCheck {
  /// A statement and the envelope around it, if there is one.
  static func payload(_ bytes: [UInt8]) throws(Problem) -> (Envelope?, Statement) {
    guard let json = try? JSON.parse(bytes), json["payloadType"] != nil else {
      return (nil, try Statement(parsing: bytes))
    }
    let envelope = try Envelope(json: json)
    return (envelope, try Statement(parsing: envelope.payload))
  }
}
