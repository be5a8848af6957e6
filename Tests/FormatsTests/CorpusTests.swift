import Base
import Foundation
import TestSupport
import Testing

@testable import Formats

/// Goal: every seed of the fuzz targets, and every file that once broke a reader, is read or
/// refused; so is each with its end missing, with one byte changed, with a number made absurd.
/// A refusal is of kind malformed and says where and why.
/// Method: the files of Tests/Fuzz/Corpus through the readers that the fuzz targets call.
@Suite("The corpus of hostile files")
struct CorpusTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fuzz/Corpus").path

  /// A kind of file and how it is read. `seal` says whether a file cut anywhere must be refused.
  struct Reader: Sendable, CustomTestStringConvertible {
    let corpus: String
    let fileName: String
    var isSealed = false
    let read: @Sendable (_ path: String, _ bytes: [UInt8]) throws -> Void
    var testDescription: String { corpus }
  }

  static func open(_ path: String) throws {
    let model = try OpenModel.open(path)
    for entry in model.tensors where entry.byteCount < 1 << 20 {
      #expect(model.withBytes(of: entry) { $0.byteCount } == entry.byteCount)
    }
    for value in model.ggufMetadata.values {
      _ = value.array?.strings ?? []
      _ = value.array?.integers
    }
    try model.checkArchives(run: Run())
  }

  static let readers = [
    Reader(corpus: "safetensors", fileName: "m.safetensors", isSealed: true) { path, _ in
      try open(path)
    },
    Reader(corpus: "gguf", fileName: "m.gguf") { path, _ in try open(path) },
    Reader(corpus: "torch", fileName: "m.pt", isSealed: true) { path, _ in try open(path) },
    Reader(corpus: "npz", fileName: "m.npz", isSealed: true) { path, _ in try open(path) },
    Reader(corpus: "onnx", fileName: "m.onnx") { path, _ in try open(path) },
    Reader(corpus: "pickle", fileName: "p.pkl") { _, bytes in
      let scan = PickleScan(bytes, place: "p.pkl")
      if scan.first == nil { throw try #require(scan.problem) }
    },
    Reader(corpus: "frontmatter", fileName: "README.md") { _, bytes in
      _ = try ModelCard.read(bytes: bytes)
    },
    Reader(corpus: "template", fileName: "t.jinja") { _, bytes in
      _ = ChatTemplateScan.findings(in: bytes, place: "t.jinja")
    },
    Reader(corpus: "sentencepiece", fileName: "s.model") { path, bytes in
      _ = try SentencePieceModel(reading: bytes, file: path)
    },
    Reader(corpus: "shards", fileName: "model.safetensors.index.json", isSealed: true) { path, _ in
      try open(FileSystem.directoryName(path))
    },
    Reader(corpus: "config", fileName: "config.json", isSealed: true) { path, _ in
      let config = try ModelConfig.read(in: FileSystem.directoryName(path))
      for key in config?.settings.keys ?? [] { _ = try? config?.integer(key) }
    },
    Reader(corpus: "keras", fileName: "model.json") { _, bytes in
      _ = KerasScan.findings(in: bytes, place: "model.json")
    },
    Reader(corpus: "hdf5", fileName: "model.h5") { _, bytes in
      _ = KerasScan.findings(inHDF5: bytes.span.bytes, place: "model.h5")
    },
    Reader(corpus: "tensorflow", fileName: "graph.pb") { _, bytes in
      _ = TensorFlowScan.findings(in: bytes.span.bytes, place: "graph.pb")
      _ = TensorFlowTextScan.findings(in: bytes, place: "graph.pb")
      _ = ONNXOperatorScan.findings(in: bytes.span.bytes, place: "graph.pb")
    },
    Reader(corpus: "yaml", fileName: "config.yaml") { _, bytes in
      _ = YAMLScan.findings(in: bytes, place: "config.yaml")
      _ = YAMLScan.findings(inMarkdown: bytes.span.bytes, place: "README.md")
    },
    Reader(corpus: "torchscript", fileName: "module.py") { _, bytes in
      _ = TorchScriptScan.findings(in: bytes, place: "module.py")
    },
    Reader(corpus: "names", fileName: "name") { _, bytes in
      _ = NameReader(nil, names: []).read(ByteName(bytes: bytes))
    },
  ]

  static func seeds(_ corpus: String) throws -> [(name: String, bytes: [UInt8])] {
    let folder = "\(root)/\(corpus)"
    return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map {
      ($0, Array(try Data(contentsOf: URL(filePath: "\(folder)/\($0)"))))
    }
  }

  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Nil if the bytes are read; else the refusal, which must say what it has to.
  func refusal(_ reader: Reader, _ bytes: [UInt8], _ what: String) throws -> Problem? {
    let path = try folder.write(reader.fileName, bytes)
    do {
      try reader.read(path, bytes)
      return nil
    } catch let problem as Problem {
      #expect(problem.kind == .malformed || problem.kind == .refused, "\(what): \(problem)")
      #expect(!problem.reason.isEmpty && !problem.code.isEmpty, "\(what)")
      #expect(problem.place?.isEmpty == false, "\(what): nobody knows where: \(problem)")
      return problem
    }
  }

  @Test("is read or refused as it stands", arguments: readers)
  func seeds(_ reader: Reader) throws {
    let seeds = try Self.seeds(reader.corpus)
    #expect(!seeds.isEmpty)
    for (name, bytes) in seeds { _ = try refusal(reader, bytes, name) }
  }

  @Test("is refused when its end is missing", arguments: readers)
  func truncated(_ reader: Reader) throws {
    for (name, bytes) in try Self.seeds(reader.corpus) where bytes.count < 2000 {
      let isWhole = try refusal(reader, bytes, name) == nil
      for count in 0..<bytes.count {
        let problem = try refusal(reader, Array(bytes[..<count]), "\(name), \(count) bytes")
        if isWhole, reader.isSealed {
          #expect(problem != nil, "\(name) is taken for whole with \(count) bytes")
        }
      }
    }
  }

  @Test("is read or refused with any byte changed", arguments: readers)
  func flipped(_ reader: Reader) throws {
    let seed: UInt64 = 20_261
    var random = CounterRandom(seed: seed)
    for (name, bytes) in try Self.seeds(reader.corpus) where bytes.count < 2000 {
      for position in bytes.indices {
        var bent = bytes
        bent[position] ^= 1 << UInt8(random.below(8))
        _ = try refusal(reader, bent, "\(name), byte \(position), seed \(seed)")
        bent[position] = UInt8(random.below(256))
        _ = try refusal(reader, bent, "\(name), byte \(position), seed \(seed)")
      }
    }
  }

  static let absurd: [UInt64] = [
    .max, 1 << 63, 1 << 63 - 1, 1 << 62, 1 << 32, 1 << 32 - 1, 1 << 31, 0x7FFF_FFFF, 0xFFFF, 0,
  ]

  @Test("is read or refused with any number made absurd", arguments: readers)
  func absurd(_ reader: Reader) throws {
    for (name, bytes) in try Self.seeds(reader.corpus) where bytes.count < 1000 {
      for position in stride(from: 0, to: max(0, bytes.count - 8), by: 3) {
        for (index, number) in Self.absurd.enumerated() {
          let width = index % 2 == 0 ? 8 : 4
          var bent = bytes
          bent.replaceSubrange(position..<position + width, with: littleEndian(number)[..<width])
          _ = try refusal(reader, bent, "\(name), \(number) at byte \(position)")
        }
      }
    }
  }
}
