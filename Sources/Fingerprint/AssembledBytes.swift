// The values of a tensor that is put together from stored ones, piece by piece.
//
// Numbers are read as F32, which holds every value of the types that are taken (F32, F16, BF16),
// so that the form is chosen by the values alone, as for a tensor that was stored whole.
// Memory: the piece that is asked for.

import Base
import Formats

/// Reads the values of an `Assembly`.
struct AssembledBytes {
  let assembly: Assembly
  let model: OpenModel

  /// The types that numbers are taken from.
  static let numberTypes: Set<ElementType> = [.f32, .f16, .bf16]

  /// Values, or bytes of codes, in all.
  var count: Int { assembly.shape.reduce(1, *) }

  /// The values of `range` as F32, or the bytes of codes; nil if what was added to them cannot be
  /// taken off exactly.
  func bytes(_ range: Range<Int>) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(range.count * (assembly.isOfCodes ? 1 : 4))
    let length = assembly.rowLength
    var position = range.lowerBound
    while position < range.upperBound {
      let (row, first) = (position / length, position % length)
      let end = min(length, first + range.upperBound - position)
      let source = assembly.source(of: row)
      for turn in 0..<assembly.partsInTurn {
        let entry = model.tensors[assembly.parts[source.part + turn]]
        let isWhole = model.withBytes(of: entry) { stored in
          assembly.isOfCodes
            ? appendCodes(first..<end, source, stored, to: &result)
            : appendNumbers(first..<end, source, entry.type, stored, turn, to: &result)
        }
        guard isWhole else { return nil }
      }
      position += end - first
    }
    return result
  }

  /// Appends F32 values `places` of a row; of one of two parts in turn, puts in what is its.
  private func appendNumbers(
    _ places: Range<Int>, _ source: Assembly.Source, _ type: ElementType, _ stored: RawSpan,
    _ turn: Int, to result: inout [UInt8]
  ) -> Bool {
    let turns = assembly.partsInTurn
    // The first part makes room for the second.
    if turn == 0 { result.append(contentsOf: repeatElement(0, count: 4 * places.count)) }
    let base = result.count - 4 * places.count
    var taken: Float = 0
    if case .less(let number) = assembly.order { taken = number }
    return unsafe stored.withUnsafeBytes { raw in
      for (offset, place) in places.enumerated() where place % turns == turn {
        var value = unsafe ValueBytes.single(
          type, raw, source.start + place / turns * source.stride)
        if taken != 0 {
          let stored = value
          value -= taken
          guard Double(value) + Double(taken) == Double(stored) || stored.isNaN else {
            return false
          }
        }
        let bits = value.bitPattern
        for byte in 0..<4 {
          result[base + 4 * offset + byte] = UInt8(truncatingIfNeeded: bits >> (8 * UInt32(byte)))
        }
      }
      return true
    }
  }

  /// Appends bytes `places` of a row of blocks: a scale and sixteen bytes each, of which byte j
  /// holds values j and j + 16 of the block. The library has values 2j and 2j + 1 in byte j.
  private func appendCodes(
    _ places: Range<Int>, _ source: Assembly.Source, _ stored: RawSpan, to result: inout [UInt8]
  ) -> Bool {
    let size = ElementType.mxfp4.blockBytes
    var isScale = false
    if case .microscaledScales = assembly.order { isScale = true }
    return unsafe stored.withUnsafeBytes { raw in
      for place in places {
        guard !isScale else {
          unsafe result.append(raw[(source.start + place) * size])
          continue
        }
        let start = (source.start + place / 16) * size + 1
        let first = 2 * (place % 8)
        let (low, high) = unsafe (raw[start + first], raw[start + first + 1])
        result.append(
          place % 16 < 8 ? low & 0x0F | high << 4 : low >> 4 | high & 0xF0)
      }
      return true
    }
  }
}
