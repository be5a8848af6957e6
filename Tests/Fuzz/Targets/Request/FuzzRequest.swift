// Any bytes as a request: the same head however it is cut, the same body however it is cut.

import Base
@testable import HTTP
import TestSupport

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = FuzzInput.bytes(start, count)
  precondition(outcome(bytes, piece: 1) == outcome(bytes, piece: .max), "pieces change the reading")
  return 0
}

/// What a server makes of the bytes: status and body.
private func outcome(_ bytes: [UInt8], piece: Int) -> [Int] {
  var scanner = HeadScanner()
  var inbox: [UInt8] = []
  do throws(ProtocolError) {
    while inbox.count < bytes.count {
      inbox += bytes[inbox.count..<min(bytes.count, inbox.count + min(piece, bytes.count))]
      guard case .complete(let from, let end) = try scanner.scan(inbox, limits: Limits()) else {
        continue
      }
      let head = try RequestHead(reading: Array(inbox[from..<end]))
      _ = head.target.parameters
      guard head.framing == .chunked else { return [200, end] }
      return [200, end] + (try body(Array(bytes[end...]), piece: piece))
    }
    return [0]
  } catch {
    return [error.status]
  }
}

private func body(_ bytes: [UInt8], piece: Int) throws(ProtocolError) -> [Int] {
  var decoder = ChunkedDecoder()
  var body: [UInt8] = []
  var start = 0
  while start < bytes.count {
    let part = Array(bytes[start..<min(bytes.count, start + min(piece, bytes.count))])
    var offset = 0
    let isWhole = try decoder.feed(
      part, &offset, into: &body, bodyLimit: 1 << 16, limits: Limits())
    start += offset
    if isWhole { return [start] + body.map(Int.init) }
  }
  return [-1] + body.map(Int.init)
}
