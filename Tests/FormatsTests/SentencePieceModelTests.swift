import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: a SentencePiece model is read field by field as the format has it, and a message that
/// does not hold what it announces is refused at its byte.
@Suite("A SentencePiece model")
struct SentencePieceModelTests {
  static func varint(_ value: UInt64) -> [UInt8] {
    var (rest, bytes) = (value, [UInt8]())
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
  static func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(UInt64(bytes.count)) + bytes
  }
  static func number(_ number: UInt64, _ value: UInt64) -> [UInt8] {
    varint(number << 3) + varint(value)
  }
  static func float(_ number: UInt64, _ value: Float) -> [UInt8] {
    varint(number << 3 | 5) + littleEndian(value.bitPattern)
  }
  static func piece(_ text: String, _ score: Float = -1, type: UInt64 = 1) -> [UInt8] {
    field(1, field(1, Array(text.utf8)) + float(2, score) + number(3, type))
  }

  func read(_ bytes: [UInt8]) throws -> SentencePieceModel {
    try SentencePieceModel(reading: bytes, file: "t.model")
  }

  @Test("gives its pieces and its settings, and passes over what it does not know")
  func reads() throws {
    let settings =
      Self.number(3, 2) + Self.number(24, 1) + Self.number(35, 1) + Self.number(41, 7)
      + Self.number(42, .max) + Self.field(44, [0x3F]) + Self.number(900, 1)
    let rules = Self.field(2, [1, 2]) + Self.number(3, 0) + Self.number(4, 0) + Self.number(5, 0)
    let model = try read(
      Self.piece("<unk>", 0, type: 2) + Self.field(77, [9]) + Self.piece("a", -2.5)
        + Self.field(2, settings) + Self.field(3, rules) + Self.field(5, Self.field(2, [1])))
    #expect(model.pieces.map { String(decoding: $0.text, as: UTF8.self) } == ["<unk>", "a"])
    #expect(model.pieces.map(\.score) == [0, -2.5])
    #expect(model.pieces.map(\.type) == [.unknown, .normal])
    #expect(model.algorithm == .bytePairs)
    #expect(model.treatsSpaceAsSuffix && model.hasByteFallback && model.hasDenormalizer)
    #expect(model.beginIdentifier == 7 && model.endIdentifier == -1)
    #expect(model.unknownSurface == [0x3F] && model.charactersMap == [1, 2])
    #expect(!model.addsDummyPrefix && !model.removesExtraSpaces && !model.escapesSpaces)
  }

  static let broken: [(what: String, bytes: [UInt8])] = [
    ("nothing", []), ("no pieces", field(2, number(3, 1))),
    ("a score that is no number", piece("a", .nan)), ("an endless score", piece("a", .infinity)),
    ("an unknown type of piece", piece("a", type: 9)),
    ("an unknown algorithm", piece("a") + field(2, number(3, 9))),
    ("a piece that is a number", number(1, 4)), ("a text that is a number", field(1, number(1, 4))),
    ("a score that is a varint", field(1, number(2, 4))),
    ("a type that is bytes", field(1, field(3, [1]))),
    ("a piece longer than the file", piece("a") + [0x0A, 0x05, 1]),
    ("a length of 2^63", piece("a") + [0x0A] + varint(1 << 63) + [1]),
    ("a length of 2^64 - 1", piece("a") + [0x0A] + varint(.max)),
    ("a number that does not end", piece("a") + [UInt8](repeating: 0xFF, count: 11)),
    ("field number zero", piece("a") + [0x02, 0x00]), ("a group", piece("a") + [0x0B]),
    ("type seven", piece("a") + [0x0F]), ("half a float", piece("a") + [0x15, 0, 0]),
    ("half a double", piece("a") + [0x11, 0, 0]),
    ("a piece that ends in its text", field(1, [0x0A, 0x03, 0x61])),
  ]

  @Test("is refused at its byte when it does not hold what it announces", arguments: broken)
  func refused(_ example: (what: String, bytes: [UInt8])) throws {
    let problem = try #require(throws: Problem.self) { _ = try read(example.bytes) }
    #expect(problem.code == "malformed_sentencepiece")
    #expect(problem.place?.hasPrefix("t.model") == true && !problem.reason.isEmpty)
  }

  @Test("with a broken field names the byte in the file, not in the message")
  func place() throws {
    let bytes = Self.piece("abc") + Self.field(1, Self.float(2, .nan))
    let problem = try #require(throws: Problem.self) { _ = try read(bytes) }
    #expect(problem.place == "t.model: byte \(Self.piece("abc").count + 2)")
  }
}

/// Goal: a setting is what its key says, of the type it must have, or a problem that names the key.
@Suite("A model's configuration")
struct ModelConfigTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  func config(_ text: String) throws -> ModelConfig {
    try folder.write("config.json", Array(text.utf8))
    return try #require(try ModelConfig.read(in: folder.path))
  }

  @Test("tells absent from null, and takes whole numbers written as floats")
  func values() throws {
    let config = try config(
      #"{"a":1,"b":4096.0,"c":null,"d":1.5,"e":true,"f":"x","g":[1],"h":{"i":2},"j":1e400}"#)
    #expect(try config.integer("a") == 1 && config.integer("b") == 4096)
    #expect(try config.integer("c") == nil && config.integer("z") == nil)
    #expect(config.isNull("c") && !config.isNull("z") && config.has("c") && !config.has("z"))
    #expect(try config.number("d") == 1.5)
    #expect(try config.flag("e") == true && config.text("f") == "x")
    #expect(try config.array("g")?.count == 1)
    let inner = config.nested(try #require(try config.object("h")), "h")
    #expect(try inner.integer("i") == 2)
    #expect(config.modelType == "")
    #expect(throws: Problem.self) { _ = try config.number("j") }
  }

  @Test(
    "names the key of a value of the wrong type",
    arguments: ["1.5", "\"1\"", "true", "[1]", "{}", "1e30", "-1e19", "9223372036854775808"])
  func wrongIntegers(value: String) throws {
    let problem = try #require(throws: Problem.self) {
      _ = try config("{\"k\":\(value)}").integer("k")
    }
    #expect(problem.code == "malformed_config")
    #expect(problem.place == FileSystem.join(folder.path, "config.json") + ": k")
  }

  @Test("asks every question of one type alone")
  func types() throws {
    let config = try config(#"{"i":1,"s":"x","b":true,"l":[],"o":{}}"#)
    for key in ["s", "b", "l", "o"] {
      #expect(throws: Problem.self) { _ = try config.number(key) }
    }
    for key in ["i", "s", "l", "o"] { #expect(throws: Problem.self) { _ = try config.flag(key) } }
    for key in ["i", "b", "l", "o"] { #expect(throws: Problem.self) { _ = try config.text(key) } }
    for key in ["i", "s", "b", "l"] { #expect(throws: Problem.self) { _ = try config.object(key) } }
    for key in ["i", "s", "b", "o"] { #expect(throws: Problem.self) { _ = try config.array(key) } }
  }

  @Test("of a wrapper is that of its text model")
  func wrapper() throws {
    let config = try config(
      #"{"model_type":"gemma3","text_config":{"model_type":"gemma3_text","n":3}}"#)
    #expect(config.modelType == "gemma3_text")
    #expect(try config.integer("n") == 3)
    #expect(config.whole["model_type"]?.string == "gemma3")
  }

  @Test(
    "that is no object, or not strict JSON, is refused with its path",
    arguments: ["", "[]", "1", "{", "{\"a\":1,\"a\":2}", "{\"a\":NaN}", "{\"a\":1}x", "\u{FEFF}{}"])
  func malformed(text: String) throws {
    let problem = try #require(throws: Problem.self) { _ = try config(text) }
    #expect(problem.kind == .malformed)
    #expect(problem.place?.hasPrefix(folder.path) == true)
  }

  @Test("is nil where there is no file")
  func absent() throws {
    #expect(try ModelConfig.read(in: folder.path) == nil)
  }
}
