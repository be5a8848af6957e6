import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: the two places in which an archive describes a member agree, or it is not read; no
/// description reaches out of the file or into another member.
/// Method: an archive of one array, each field of its records moved in one place or in both.
@Suite("The records of an archive")
struct ZipRecordTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  static let array = ArchiveTests.plain
  static let whole = ArchiveTests.archive([("w.npy", array)])
  /// Where the central entry of the one member starts.
  static let central = 30 + 5 + array.count

  func problem(_ bytes: [UInt8]) throws -> Problem {
    let path = try folder.write("m.npz", bytes)
    let problem = try #require(throws: Problem.self) { _ = try OpenModel.open(path) }
    #expect(problem.kind == .malformed && problem.place?.hasPrefix(path) == true)
    return problem
  }

  @Test("say the same in both places, byte for byte")
  func agreement() throws {
    // Local: flags 6, method 8, CRC 14, sizes 18 and 22, length of the name 26, name 30.
    let fields = [6, 7, 8, 9] + Array(14..<28) + Array(30..<35)
    for position in fields {
      for bit: UInt8 in [0x01, 0x10, 0x80] {
        var bytes = Self.whole
        bytes[position] ^= bit
        _ = try problem(bytes)
      }
    }
  }

  @Test("do not reach out of the file, though both places say so")
  func tooLarge() throws {
    for size: UInt32 in [UInt32(Self.array.count) + 100, 1 << 20, 0x7FFF_FFFF, 0xFFFF_FFFE] {
      var bytes = Self.whole
      for place in [18, 22, Self.central + 20, Self.central + 24] {
        bytes.replaceSubrange(place..<place + 4, with: littleEndian(size))
      }
      let problem = try problem(bytes)
      #expect(["zip_member", "zip_overlap"].contains(problem.code), "\(problem)")
    }
    for offset: UInt32 in [1, UInt32(Self.whole.count), 0x7FFF_FFFF, 0xFFFF_FFFE] {
      var bytes = Self.whole
      bytes.replaceSubrange(Self.central + 42..<Self.central + 46, with: littleEndian(offset))
      _ = try problem(bytes)
    }
  }

  @Test("give no byte to two members")
  func overlap() throws {
    // The second member lies inside the data of the first, and the central directory names both.
    let inner = Array(Self.whole[..<Self.central])
    let outer = ArchiveTests.archive([("outer.npy", inner)])
    let outerCentral = 30 + 9 + inner.count
    var entry = Array(Self.whole[Self.central..<Self.central + 46 + 5])
    entry.replaceSubrange(42..<46, with: littleEndian(UInt32(30 + 9)))
    let first = Array(outer[outerCentral..<outerCentral + 46 + 9])
    var bytes = Array(outer[..<outerCentral]) + first + entry
    let size = UInt32(first.count + entry.count)
    bytes += [0x50, 0x4B, 5, 6, 0, 0, 0, 0, 2, 0, 2, 0]
    bytes += littleEndian(size) + littleEndian(UInt32(outerCentral)) + [0, 0]
    #expect(try problem(bytes).code == "zip_overlap")
  }

  @Test("give a name to one member alone")
  func twice() throws {
    let bytes = ArchiveTests.archive([("w.npy", Self.array), ("w.npy", Self.array)])
    #expect(try problem(bytes).code == "zip_name")
  }

  @Test("claim no more than deflate can make")
  func growth() throws {
    // Five bytes of deflate that hold nothing, said to be 10 000 bytes.
    var bytes = ArchiveTests.archive([("w.npy", [1, 0, 0, 0xFF, 0xFF])])
    let central = 30 + 5 + 5
    for place in [8, central + 10] { bytes[place] = 8 }
    for place in [22, central + 24] {
      bytes.replaceSubrange(place..<place + 4, with: littleEndian(UInt32(10_000)))
    }
    let problem = try problem(bytes)
    #expect(problem.code == "zip_member")
    #expect(problem.reason.contains("more than deflate can make"))
  }

  @Test("end where the file ends, and count what is there")
  func end() throws {
    let end = Self.whole.count - 22
    // Disk numbers, counts, size and offset of the directory, length of a comment.
    for position in end + 4..<Self.whole.count {
      var bytes = Self.whole
      bytes[position] ^= 1
      _ = try problem(bytes)
    }
    #expect(try problem(Self.whole + [0]).code.hasPrefix("zip_"))
    #expect(try problem([0] + Self.whole).kind == .malformed)
  }

  @Test("give every array a name")
  func namelessArray() throws {
    let bytes = ArchiveTests.archive([(".npy", ArchiveTests.plain)])
    let path = try folder.write("m.npz", bytes)
    let problem = try #require(throws: Problem.self) { _ = try OpenModel.open(path) }
    #expect(problem.code == "npz_member")
  }
}
