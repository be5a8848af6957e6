// Server-sent events (HTML Living Standard section 9.2): the text of one event, and the source a
// connection pulls them from.
//
// A source is asked by the loop, on its thread, whenever its topic is announced or the peer has
// taken what was sent: a slow reader holds one buffer, never the events themselves, which are rows
// somewhere and come again after `Last-Event-ID`.

/// One event of a stream.
public struct Event: Equatable, Sendable {
  public let id: Int
  public let name: String
  /// The payload; every line of it becomes a `data:` line.
  public let data: String

  public init(id: Int, name: String, data: String) {
    self.id = id
    self.name = name
    self.data = data
  }

  /// The event on the wire, with the empty line that ends it.
  public var bytes: [UInt8] {
    var out: [UInt8] = []
    out.append(contentsOf: "id: \(id)\nevent: ".utf8)
    out.append(contentsOf: name.utf8.filter { $0 != 0x0A && $0 != 0x0D })
    out.append(contentsOf: "\ndata: ".utf8)
    // CR, LF and CR LF each end a line for the reader. By bytes: as a Character CR LF is one.
    var last: UInt8 = 0
    for byte in data.utf8 {
      if byte == 0x0A || byte == 0x0D {
        if !(byte == 0x0A && last == 0x0D) { out.append(contentsOf: "\ndata: ".utf8) }
      } else {
        out.append(byte)
      }
      last = byte
    }
    out.append(contentsOf: "\n\n".utf8)
    return out
  }
}

/// What a source has to say when it is asked.
public enum EventStep: Sendable {
  /// These now; ask again.
  case events([Event])
  /// Nothing until the topic is announced.
  case wait
  /// These, and then the stream is over.
  case end([Event])
}

/// Where the events of one stream come from.
public protocol EventSource: AnyObject, Sendable {
  /// The name under which `Server.announce` wakes this stream.
  var topic: String { get }
  /// The next events. Called on the loop's thread: it must be quick, and yield few at a time.
  func pull() -> EventStep
}

/// The first bytes of every stream: how long a client waits before it connects again.
let eventStreamPreamble = Array("retry: 2000\n\n".utf8)
/// A comment that keeps proxies from taking silence for death.
let eventStreamHeartbeat = Array(": alive\n\n".utf8)
