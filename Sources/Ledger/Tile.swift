// Tiles: where the hashes and entries of a log stand as files.
//
// Spec: https://c2sp.org/tlog-tiles
//
//     tile/<level>/<index>[.p/<width>]       up to 256 hashes of 32 bytes
//     tile/entries/<index>[.p/<width>]       up to 256 entries: u16 big-endian length, bytes
//
// Hash i of tile n at level l is the root of the 256^l entries that start at (256 n + i) 256^l.
// An index is written in groups of three digits, all but the last with "x": 1234067 is
// x001/x234/067. A full tile has no width in its path; an empty one does not exist.

import Base
import Crypto

/// One tile of hashes or bundle of entries.
public struct Tile: Hashable, Sendable {
  /// What a tile holds.
  public enum Kind: Hashable, Sendable {
    case hashes(level: Int)
    case entries
  }

  /// Hashes or entries in a full tile.
  public static let widthMax = 256
  /// Tree levels that one level of tiles spans.
  static let height = 8
  /// An entry's length is written in 16 bits.
  public static let entryByteCountMax = 65_535

  public let kind: Kind
  /// Position within the level, from 0.
  public let index: Int
  /// How many hashes or entries, 1 to 256.
  public let width: Int

  /// A tile from its parts.
  public init(_ kind: Kind, index: Int, width: Int) {
    precondition(index >= 0 && width >= 1 && width <= Self.widthMax, "a tile is never empty")
    self.kind = kind
    self.index = index
    self.width = width
  }

  /// Whether nothing will be added to it.
  public var isFull: Bool { width == Self.widthMax }

  /// The path below the log's root.
  public var path: String { isFull ? fullPath : "\(partialDirectory)/\(width)" }

  /// The path it has, or will have, when it is full.
  public var fullPath: String {
    switch kind {
    case .hashes(let level): "tile/\(level)/\(Self.spelling(index))"
    case .entries: "tile/entries/\(Self.spelling(index))"
    }
  }

  /// The directory that holds its partial widths.
  public var partialDirectory: String { fullPath + ".p" }

  private static func spelling(_ index: Int) -> String {
    func group(_ value: Int) -> String {
      String(repeating: "0", count: 3 - String(value).count) + String(value)
    }
    var text = group(index % 1000)
    var rest = index / 1000
    while rest > 0 {
      text = "x\(group(rest % 1000))/\(text)"
      rest /= 1000
    }
    return text
  }
}

// MARK: Which tiles a log has

extension Tile {
  /// The number of hashes at a level of tiles when the log has `size` entries.
  static func hashCount(level: Int, size: Int) -> Int {
    level >= 8 ? 0 : size >> (height * level)
  }

  /// The tiles and bundles that differ between two sizes of a log, lowest level first. With
  /// `from` 0 these are all tiles of the log.
  public static func changed(from old: Int, to size: Int) -> [Tile] {
    precondition(old <= size, "a log only grows")
    var tiles: [Tile] = []
    for level in 0..<8 {
      let (before, now) = (hashCount(level: level, size: old), hashCount(level: level, size: size))
      guard now > before else { break }
      for index in before / widthMax...(now - 1) / widthMax {
        let width = min(widthMax, now - index * widthMax)
        tiles.append(Tile(.hashes(level: level), index: index, width: width))
        if level == 0 { tiles.append(Tile(.entries, index: index, width: width)) }
      }
    }
    return tiles
  }
}

// MARK: Bundles of entries

extension Tile {
  /// The bytes of a bundle.
  static func bundle(_ entries: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(entries.reduce(0) { $0 + $1.count + 2 })
    for entry in entries {
      precondition(entry.count <= entryByteCountMax, "the length of an entry fits 16 bits")
      bytes.append(UInt8(truncatingIfNeeded: entry.count >> 8))
      bytes.append(UInt8(truncatingIfNeeded: entry.count))
      bytes += entry
    }
    return bytes
  }

  /// The entries of a bundle: exactly `count` of them, or nil.
  static func entries(inBundle bytes: [UInt8], count: Int) -> [[UInt8]]? {
    var entries: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard entries.count < count, rest.count >= 2 else { return nil }
      let length = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
      rest = rest.dropFirst(2)
      guard rest.count >= length else { return nil }
      entries.append(Array(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    return entries.count == count ? entries : nil
  }

  /// The hashes of a tile: exactly `count` of them, or nil.
  static func hashes(inTile bytes: [UInt8], count: Int) -> [Digest]? {
    guard bytes.count == count * Digest.byteCount else { return nil }
    return (0..<count).compactMap { Digest(bytes: bytes[$0 * 32..<($0 + 1) * 32]) }
  }
}
