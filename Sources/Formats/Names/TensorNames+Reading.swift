// Names read by the table that writes them.
//
// Promises: a place is returned only for a name that the convention itself would write for it,
// with one of its prefixes; layers and experts are plain decimals without sign or leading zeros
// that fit an `Int`. Everything else, of any length and of any bytes, is nil.

import Base

extension TensorNames {
  /// The place that a name stands for; nil if the convention has no such name. Turns the whole
  /// table round for it: whoever reads many names keeps a `TensorNameIndex`.
  public func place(of name: ByteName) -> TensorPlace? {
    TensorNameIndex(self).place(of: name)
  }
}

/// A convention turned round: from endings to roles.
public struct TensorNameIndex: Sendable {
  private let prefixes: [[UInt8]]
  private let blockStart: [UInt8]
  private let whole: [ByteName: (TensorRole, TensorPlace.Parameter)]
  private let inLayer: [ByteName: (TensorRole, TensorPlace.Parameter)]

  public init(_ names: TensorNames) {
    prefixes = names.prefixes.map { Array($0.utf8) }
    blockStart = Array(names.block.utf8.prefix { $0 != UInt8(ascii: "#") })
    var whole: [ByteName: (TensorRole, TensorPlace.Parameter)] = [:]
    var inLayer: [ByteName: (TensorRole, TensorPlace.Parameter)] = [:]
    for (role, part) in names.parts {
      for parameter in TensorPlace.Parameter.allCases {
        let key = ByteName(part + names.ending(role, parameter))
        if role.isInLayer {
          inLayer[key] = (role, parameter)
        } else {
          whole[key] = (role, parameter)
        }
      }
    }
    self.whole = whole
    self.inLayer = inLayer
  }

  public func place(of name: ByteName) -> TensorPlace? {
    for prefix in prefixes where name.bytes.starts(with: prefix) {
      let rest = name.bytes.dropFirst(prefix.count)
      if let place = inLayer(rest) ?? whole(rest) { return place }
    }
    return nil
  }

  /// The layer of any tensor that stands behind the block's name, whether or not it has a place.
  public func layer(of name: ByteName) -> Int? {
    for prefix in prefixes where name.bytes.starts(with: prefix) {
      let rest = name.bytes.dropFirst(prefix.count)
      guard rest.starts(with: blockStart) else { continue }
      let digits = rest.dropFirst(blockStart.count).prefix { $0 != UInt8(ascii: ".") }
      return digits.endIndex < rest.endIndex ? Self.number(digits) : nil
    }
    return nil
  }

  private func whole(_ bytes: ArraySlice<UInt8>) -> TensorPlace? {
    whole[ByteName(bytes: bytes)].map { TensorPlace($0.0, $0.1) }
  }

  private func inLayer(_ bytes: ArraySlice<UInt8>) -> TensorPlace? {
    guard bytes.starts(with: blockStart) else { return nil }
    let words = bytes.dropFirst(blockStart.count)
      .split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard words.count > 1, let layer = Self.number(words[0]) else { return nil }
    var expert: Int?
    var pattern: [UInt8] = []
    for (index, word) in words.dropFirst().enumerated() {
      if index > 0 { pattern.append(UInt8(ascii: ".")) }
      if expert == nil, let number = Self.number(word) {
        expert = number
        pattern.append(UInt8(ascii: "#"))
      } else if word.contains(UInt8(ascii: "#")) {
        return nil
      } else {
        pattern += word
      }
    }
    guard let (role, parameter) = inLayer[ByteName(bytes: pattern)] else { return nil }
    return TensorPlace(role, layer: layer, expert: expert, parameter)
  }

  /// A plain decimal: no sign, no leading zero, no overflow.
  static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard let first = digits.first, first != UInt8(ascii: "0") || digits.count == 1 else {
      return nil
    }
    var value = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      let (tens, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = tens.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
      guard !tooLarge, !overflow else { return nil }
      value = sum
    }
    return value
  }
}
