import Base
import Formats
import TestSupport
import Testing

/// Goal: a valid file is read as it was written, and no other bytes are read at all.
/// Method: small valid files, each rule broken by hand, and every truncation and bit flip.
@Suite("A safetensors file")
struct SafeTensorsTests {
  static let tensors = [
    TinyTensor("b", [2], f32: [1, -2.5]),
    TinyTensor("a", "U8", [3], [1, 2, 3]),
    TinyTensor("empty", "I64", [0, 4], []),
    TinyTensor("scalar", "BF16", [], [0x80, 0x3F]),
    TinyTensor("flags", "BOOL", [2], [0, 1]),
  ]

  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  func open(_ bytes: [UInt8]) throws -> OpenModel {
    try OpenModel.open(try folder.write("model.safetensors", bytes))
  }

  @Test("gives its tensors by name, with type, shape and bytes")
  func reads() throws {
    let model = try open(TinyModels.safetensors(Self.tensors, metadata: ["format": "pt"]))
    #expect(model.format == .safetensors)
    #expect(model.tensors.map(\.name.text) == ["a", "b", "empty", "flags", "scalar"])
    for tensor in Self.tensors {
      let entry = try #require(model.tensor(ByteName(tensor.name)))
      #expect(entry.type.name == tensor.type)
      #expect(entry.shape == tensor.shape)
      #expect(model.withBytes(of: entry) { $0.withUnsafeBytes { Array($0) } } == tensor.bytes)
    }
  }

  @Test(
    "is refused when its header breaks a rule",
    arguments: [
      (#"{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{}}"#, "w"),
      (#"{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0077":{}}"#, "w"),
      (#"{"w":{"dtype":"u8","shape":[1],"data_offsets":[0,1]}}"#, "dtype"),
      (#"{"w":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}"#, "dimension"),
      (#"{"w":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}"#, "dimension"),
      (#"{"w":{"dtype":"U8","shape":[true],"data_offsets":[0,1]}}"#, "dimension"),
      (#"{"w":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}}"#, "need 2 bytes"),
      (#"{"w":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}"#, "lie"),
      (#"{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,2]}}"#, "lie"),
      (#"{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}}"#, "two unsigned"),
      (#"{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}"#, "exactly"),
      (#"{"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,1]}}"#, "overflow"),
      (#"{"w":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}"#, "neither 0 nor 1"),
      (#"{"w\u0000":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, "control"),
      (#"{"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, "empty"),
      (#"{"__metadata__":{"a":1},"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, "strings"),
      (#"{}"#, "belong to no tensor"),
      (#" {}"#, "begin"),
      (#"[]"#, "begin"),
      (#"{"w":NaN}"#, "value"),
    ])
  func refuses(_ example: (header: String, reason: String)) throws {
    let problem = try #require(throws: Problem.self) {
      _ = try open(TinyModels.safetensors(header: example.header, data: [7]))
    }
    #expect(problem.kind == .malformed)
    #expect(problem.reason.contains(example.reason), "\(problem)")
    #expect(problem.place?.contains("model.safetensors") == true)
  }

  @Test(
    "is refused for its text before anything that it says of a tensor",
    arguments: [
      // A tensor that is wrong, and behind it text that is no JSON, or a key that stands twice.
      (#"{"w":{"dtype":"u8","shape":[1],"data_offsets":[0,1]},"v":}"#, "value"),
      (#"{"__metadata__":1,"w":{"a":1,"\u0061":2}}"#, "twice"),
      (#"{"w":7,"v":{"x":[1,{"y":1,"y":2}]}}"#, "twice"),
      (#"{"w":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}"#, "twice"),
      // Of two tensors that are wrong, the first.
      (#"{"w":{"dtype":"u8","shape":[1],"data_offsets":[0,1]},"v":{}}"#, "dtype"),
      (#"{"__metadata__":{"a":[]},"w":{}}"#, "strings"),
      (#"{"w":{"dtype":["U8"],"shape":[1],"data_offsets":[0,1]}}"#, "exactly"),
      (#"{"w":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}"#, "exactly"),
      (#"{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1.0]}}"#, "two unsigned"),
      (#"{"w":{"dtype":"U8","shape":[1],"data_offsets":[0]}}"#, "two unsigned"),
      (#"{"w":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,1]}}"#, "dimension"),
    ])
  func order(_ example: (header: String, reason: String)) throws {
    try refuses(example)
  }

  @Test("is read whatever the spelling of its header: escapes, spaces, order of the members")
  func spellings() throws {
    let header =
      #"{ "\u005f_metadata__" : {} , "\u0077" : { "data_offsets" : [ 0 , 1 ] ,"#
      + #" "shap\u0065" : [ 1 , 1 ] , "dtype" : "\u00558" } }   "#
    let model = try open(TinyModels.safetensors(header: header, data: [7]))
    let entry = try #require(model.tensor("w"))
    #expect(model.tensors.count == 1 && entry.shape == [1, 1] && entry.type.name == "U8")
  }

  @Test("is refused when a length wraps", arguments: [UInt64.max, 1 << 63, 1 << 40, 0, 1])
  func lengths(length: UInt64) throws {
    #expect(throws: Problem.self) {
      _ = try open(littleEndian(length) + Array("{}".utf8))
    }
  }

  @Test("is refused when it ends anywhere too early")
  func truncations() throws {
    let whole = TinyModels.safetensors(Self.tensors)
    for count in 0..<whole.count {
      #expect(throws: Problem.self, "\(count) bytes") { _ = try open(Array(whole[..<count])) }
    }
    #expect(throws: Problem.self) { _ = try open(whole + [0]) }
  }

  @Test("is read or refused, and nothing else, whichever bit of its header flips")
  func flips() throws {
    let whole = TinyModels.safetensors(Array(Self.tensors.prefix(2)))
    for position in 0..<whole.count - 11 {
      for bit in 0..<8 {
        var bent = whole
        bent[position] ^= 1 << UInt8(bit)
        do {
          let model = try open(bent)
          #expect(model.tensors.reduce(0) { $0 + $1.byteCount } == 11)
        } catch let problem as Problem {
          #expect(problem.kind == .malformed)
        }
      }
    }
  }

  @Test("keeps names apart that Unicode calls equal")
  func names() throws {
    let model = try open(
      TinyModels.safetensors([
        TinyTensor("\u{E9}", "U8", [1], [1]), TinyTensor("e\u{301}", "U8", [1], [2]),
      ]))
    #expect(model.tensors.count == 2)
    #expect(model.tensor("\u{E9}")?.offsetBytes != model.tensor("e\u{301}")?.offsetBytes)
  }
}
