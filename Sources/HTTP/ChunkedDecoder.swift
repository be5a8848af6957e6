// The chunked transfer coding (RFC 9112 section 7.1), read byte-exactly from any pieces.
//
//     1*HEXDIG [ ";" extension ] CRLF data CRLF ... "0" [ ext ] CRLF *( trailer CRLF ) CRLF
//
// Every line ends in CR LF and nothing else, a size is 1 to 16 hex digits and nothing else: the
// known request-smuggling pairs differ exactly there (chunk extensions ended by a bare LF, sizes
// with `0x`, blanks or signs). Extensions and trailers are checked, bounded in total and dropped.

struct ChunkedDecoder {
  private enum State {
    case size, sizeExtension, sizeEnd, data, dataCR, dataLF
    case trailerStart, trailerName, trailerValue, trailerLF, endLF, done
  }

  private var state = State.size
  private var digits = 0
  private var remaining = 0
  private var extensionBytes = 0
  private var trailerBytes = 0

  /// Takes bytes from `input[offset...]` into `body`; true when the last byte of the body is read.
  mutating func feed(
    _ input: [UInt8], _ offset: inout Int, into body: inout [UInt8], bodyLimit: Int, limits: Limits
  ) throws(ProtocolError) -> Bool {
    while offset < input.count, state != .done {
      if state == .data {
        let count = min(remaining, input.count - offset)
        body.append(contentsOf: input[offset..<(offset + count)])
        offset += count
        remaining -= count
        if remaining == 0 { state = .dataCR }
        continue
      }
      try step(input[offset], bodyCount: body.count, bodyLimit: bodyLimit, limits: limits)
      offset += 1
    }
    return state == .done
  }

  private mutating func step(
    _ byte: UInt8, bodyCount: Int, bodyLimit: Int, limits: Limits
  ) throws(ProtocolError) {
    switch state {
    case .size, .sizeExtension, .sizeEnd:
      try stepSize(byte, bodyCount: bodyCount, bodyLimit: bodyLimit, limits: limits)
    case .dataCR:
      guard byte == 0x0D else { throw Self.bad("a chunk is longer than its size") }
      state = .dataLF
    case .dataLF:
      guard byte == 0x0A else { throw Self.bad("a chunk does not end in CR LF") }
      state = .size
      digits = 0
    default:
      try stepTrailer(byte, limits: limits)
    }
  }

  private mutating func stepSize(
    _ byte: UInt8, bodyCount: Int, bodyLimit: Int, limits: Limits
  ) throws(ProtocolError) {
    switch state {
    case .size:
      if let value = Grammar.hexValue(byte) {
        digits += 1
        guard digits <= 16 else { throw Self.bad("a chunk size has more than 16 digits") }
        // A size past the limit is refused before the sum can overflow.
        guard remaining <= Int.max >> 8 else { throw Self.tooLarge }
        remaining = remaining << 4 | value
        return
      }
      guard digits > 0 else { throw Self.bad("a chunk size is not a hexadecimal number") }
      guard remaining <= bodyLimit - bodyCount else { throw Self.tooLarge }
      switch byte {
      case 0x0D: state = .sizeEnd
      case UInt8(ascii: ";"): state = .sizeExtension
      default: throw Self.bad("a chunk size is not a hexadecimal number")
      }
    case .sizeExtension:
      extensionBytes += 1
      guard extensionBytes <= limits.chunkExtensionBytes else {
        throw ProtocolError(431, "extensions_too_large", "The chunk extensions are too large.")
      }
      if byte == 0x0D {
        state = .sizeEnd
      } else if !Grammar.isValueByte(byte) {
        throw Self.bad("a chunk extension has a control character")
      }
    default:
      guard byte == 0x0A else { throw Self.bad("a chunk size does not end in CR LF") }
      state = remaining == 0 ? .trailerStart : .data
    }
  }

  private mutating func stepTrailer(_ byte: UInt8, limits: Limits) throws(ProtocolError) {
    trailerBytes += 1
    guard trailerBytes <= limits.trailerBytes else {
      throw ProtocolError(431, "trailers_too_large", "The trailer section is too large.")
    }
    switch state {
    case .trailerStart where byte == 0x0D: state = .endLF
    case .trailerStart, .trailerName:
      if byte == UInt8(ascii: ":"), state == .trailerName {
        state = .trailerValue
      } else {
        guard Grammar.isTokenByte(byte) else { throw Self.bad("a trailer line has no name") }
        state = .trailerName
      }
    case .trailerValue:
      if byte == 0x0D {
        state = .trailerLF
      } else if !Grammar.isValueByte(byte) {
        throw Self.bad("a trailer value has a control character")
      }
    case .trailerLF:
      guard byte == 0x0A else { throw Self.bad("a trailer line does not end in CR LF") }
      state = .trailerStart
    default:
      guard byte == 0x0A else { throw Self.bad("the trailer section does not end in CR LF") }
      state = .done
    }
  }

  static let tooLarge = ProtocolError(413, "body_too_large", "The request body is too large.")

  private static func bad(_ why: String) -> ProtocolError {
    ProtocolError(400, "bad_chunk", "The chunked body cannot be read: \(why).")
  }
}
