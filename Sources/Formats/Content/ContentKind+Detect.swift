// How a kind is told: by the first bytes, by a little structure behind them where a few bytes
// could be chance, and by the name where the bytes of a kind have no mark.

import Base

extension ContentKind {
  /// What `bytes` are. `place` gives the name. Once the run is no longer wanted, any answer may
  /// come.
  static func detect(
    _ bytes: RawSpan, at place: ContentPlace, run: Run = Run()
  ) -> ContentKind {
    if bytes.byteCount == 0 { return .empty }
    // A pickle begins with PROTO and its number; nothing else in a model's folder does.
    if bytes.byte(0) == 0x80, let version = bytes.byte(1), version <= 5 { return .pickle }
    if let kind = marked(bytes) ?? structured(bytes, place) { return kind }
    if let text = PlainText(bytes, run: run) { return .text(text) }
    return named(bytes, place) ?? .unknown
  }

  // MARK: By the first bytes

  private struct Mark {
    let offset: Int
    let bytes: [UInt8]
    let kind: ContentKind

    init(_ bytes: [UInt8], _ kind: ContentKind, at offset: Int = 0) {
      self.offset = offset
      self.bytes = bytes
      self.kind = kind
    }

    init(_ text: String, _ kind: ContentKind, at offset: Int = 0) {
      self.init(Array(text.utf8), kind, at: offset)
    }
  }

  /// Marks long enough not to be chance, or whose meaning would only be more severe than the truth.
  private static let marks: [Mark] = [
    Mark([0x50, 0x4B, 0x03, 0x04], .container(.zip)),
    Mark([0x50, 0x4B, 0x05, 0x06], .container(.zip)),
    Mark([0x1F, 0x8B, 0x08], .container(.gzip)),
    Mark([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .container(.xz)),
    Mark(NPY.magic, .array),
    Mark("GGUF", .weights(.gguf)),
    Mark([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .closed(.sevenZip)),
    Mark("Rar!\u{1A}\u{07}", .closed(.rar)),
    Mark([0x28, 0xB5, 0x2F, 0xFD], .closed(.zstandard)),
    Mark([0x04, 0x22, 0x4D, 0x18], .closed(.lz4)),
    Mark([0x1F, 0x9D], .closed(.compress)),
    Mark("MSCF\0\0\0\0", .closed(.cabinet)),
    Mark([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], .closed(.compoundDocument)),
    Mark("hsqs", .closed(.squashFS)),
    Mark([0x7F, 0x45, 0x4C, 0x46], .native(.elf)),
    Mark([0x00, 0x61, 0x73, 0x6D], .native(.webAssembly)),
    Mark([0xFE, 0xED, 0xFA, 0xCE], .native(.machO)),
    Mark([0xFE, 0xED, 0xFA, 0xCF], .native(.machO)),
    Mark([0xCE, 0xFA, 0xED, 0xFE], .native(.machO)),
    Mark([0xCF, 0xFA, 0xED, 0xFE], .native(.machO)),
    Mark("dex\n0", .native(.dalvik)),
    Mark([0x42, 0x43, 0xC0, 0xDE], .native(.bitcode)),
    Mark("!<arch>\n", .native(.library)),
    Mark([0x1B, 0x4C, 0x75, 0x61], .native(.lua)),
    Mark([0x4C, 0, 0, 0, 0x01, 0x14, 0x02, 0], .native(.shortcut)),
    Mark([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], .harmless(.png)),
    Mark([0xFF, 0xD8, 0xFF], .harmless(.jpeg)),
    Mark("GIF87a", .harmless(.gif)),
    Mark("GIF89a", .harmless(.gif)),
    Mark("II*\0", .harmless(.tiff)),
    Mark("MM\0*", .harmless(.tiff)),
    Mark("fLaC", .harmless(.flac)),
    Mark("OggS\0", .harmless(.ogg)),
    Mark("ID3", .harmless(.mp3)),
    Mark("ftyp", .harmless(.isoMedia), at: 4),
    Mark([0x1A, 0x45, 0xDF, 0xA3], .harmless(.matroska)),
    Mark("wOFF", .harmless(.font)),
    Mark("wOF2", .harmless(.font)),
    Mark("%PDF-", .harmless(.pdf)),
    Mark("\0\0\0\u{1}Bud1", .harmless(.finder)),
    Mark([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], .unreadWeights(.hdf5)),
    Mark("TFL3", .unreadWeights(.tensorFlowLite), at: 4),
    Mark("ET12", .unreadWeights(.executorch), at: 4),
    Mark("lmgg", .unreadWeights(.ggml)),
    Mark("tjgg", .unreadWeights(.ggml)),
    Mark("fmgg", .unreadWeights(.ggml)),
    Mark("algg", .unreadWeights(.ggml)),
    Mark([0xBA, 0x16, 0x4F, 0x2F], .unreadWeights(.fastText)),
    Mark("ptrt", .unreadWeights(.tensorRT)),
    Mark("ftrt", .unreadWeights(.tensorRT)),
  ]

  private static func marked(_ bytes: RawSpan) -> ContentKind? {
    marks.first { bytes.has($0.bytes, at: $0.offset) }?.kind
  }

  // MARK: By structure

  /// Kinds whose mark is short, or stands elsewhere.
  private static func structured(_ bytes: RawSpan, _ place: ContentPlace) -> ContentKind? {
    if isSafeTensors(bytes) { return .weights(.safetensors) }
    if TarHeader.isLikely(bytes) { return .container(.tar) }
    if bytes.has("BZh"), (0x31...0x39).contains(bytes.byte(3) ?? 0),
      bytes.has([0x31, 0x41, 0x59, 0x26, 0x53, 0x59], at: 4)
        || bytes.has([0x17, 0x72, 0x45, 0x38, 0x50, 0x90], at: 4)
    {
      return .container(.bzip2)
    }
    if XZ.isAlone(bytes) { return .container(.lzma) }
    if isZlib(bytes) { return .container(.zlib) }
    if let native = native(bytes) { return .native(native) }
    if let kind = DataFile.kind(bytes, place) { return .harmless(kind) }
    if GitStore.holds(bytes, at: place) { return .harmless(.gitStore) }
    // HDF5 may stand behind a block of the user's.
    let hdf5: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    return [512, 1024, 2048].contains { bytes.has(hdf5, at: $0) } ? .unreadWeights(.hdf5) : nil
  }

  private static func isSafeTensors(_ bytes: RawSpan) -> Bool {
    guard let length = bytes.littleEndian(at: 0, 8), bytes.byte(8) == UInt8(ascii: "{") else {
      return false
    }
    return length >= 2 && length <= UInt64(SafeTensors.headerBytesMax)
  }

  /// The two bytes of RFC 1950 in the forms that writers use, and a first block of a known type.
  private static func isZlib(_ bytes: RawSpan) -> Bool {
    guard bytes.byte(0) == 0x78, let flags = bytes.byte(1), let block = bytes.byte(2) else {
      return false
    }
    return [0x01, 0x5E, 0x9C, 0xDA].contains(flags) && block >> 1 & 3 != 3
  }

  private static func native(_ bytes: RawSpan) -> NativeCode? {
    if bytes.has([0xCA, 0xFE, 0xBA, 0xBE]), let next = bytes.bigEndian(at: 4, 4) {
      // The same mark: a count of architectures, or the version of a class.
      return next < 40 ? .machO : .javaClass
    }
    if bytes.has("MZ") {
      guard let header = bytes.littleEndian(at: 0x3C, 4), bytes.has("PE\0\0", at: Int(header))
      else {
        return PlainText(bytes) == nil ? .portableExecutable : nil
      }
      return .portableExecutable
    }
    // A number of the interpreter, "\r\n", then flags or a time, then a marshalled code object.
    if bytes.has([0x0D, 0x0A], at: 2), let number = bytes.littleEndian(at: 0, 2),
      (3000...4200).contains(number) || (20_000...62_400).contains(number),
      [8, 12, 16].contains(where: { (bytes.byte($0) ?? 0) & 0x7F == 0x63 })
    {
      return .python
    }
    return nil
  }

  // MARK: By name

  /// Kinds that have no mark of their own.
  private static func named(_ bytes: RawSpan, _ place: ContentPlace) -> ContentKind? {
    let name = place.lowerName
    if name.hasSuffix(".onnx") { return .weights(.onnx) }
    if name.hasSuffix(".pyc") || name.hasSuffix(".pyo") { return .native(.python) }
    if let kind = UnreadWeights.named(bytes, name, path: place.path.lowercased()) {
      return .unreadWeights(kind)
    }
    if isONNX(bytes) { return .weights(.onnx) }
    return TensorFlowScan.isLikely(bytes) ? .unreadWeights(.tensorFlow) : nil
  }

  /// A protobuf that begins with the version of ONNX's form, then its producer or graph.
  private static func isONNX(_ bytes: RawSpan) -> Bool {
    guard bytes.byte(0) == 0x08, let version = bytes.byte(1), (3...20).contains(version) else {
      return false
    }
    return [0x12, 0x1A, 0x22, 0x3A, 0x42].contains(bytes.byte(2))
  }
}

extension UnreadWeights {
  /// Kinds that the name or a weak mark tells; the bytes are known to be no text.
  static func named(_ bytes: RawSpan, _ name: String, path: String) -> UnreadWeights? {
    let endings: [(String, UnreadWeights)] = [
      (".h5", .hdf5), (".hdf5", .hdf5), (".tflite", .tensorFlowLite), (".pte", .executorch),
      (".engine", .tensorRT), (".plan", .tensorRT), (".mlmodel", .coreML), (".mlmodelc", .coreML),
      (".distcp", .distributed), (".msgpack", .flax), (".pb", .tensorFlow), (".meta", .tensorFlow),
    ]
    for (ending, kind) in endings where name.hasSuffix(ending) { return kind }
    if path.contains(".mlpackage/") || path.contains(".mlmodelc/") { return .coreML }
    if name.contains(".data-0") || name.hasSuffix(".index") || name == "variables.index" {
      return .tensorFlow
    }
    if name.contains("openvino"), name.hasSuffix(".bin") { return .openVINO }
    if isCTranslate2(bytes) { return .ctranslate2 }
    if isFlax(bytes) { return .flax }
    return nil
  }

  /// A version, then the length and the name of a specification, which ends in a zero.
  private static func isCTranslate2(_ bytes: RawSpan) -> Bool {
    guard let version = bytes.littleEndian(at: 0, 4), (1...32).contains(version),
      let length = bytes.littleEndian(at: 4, 2), (2...64).contains(length),
      bytes.byte(6 + Int(length) - 1) == 0
    else { return false }
    return bytes.copy(from: 6, atMost: Int(length) - 1).allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
    }
  }

  /// A map whose first key is a short text of letters.
  private static func isFlax(_ bytes: RawSpan) -> Bool {
    guard let first = bytes.byte(0) else { return false }
    let key = (0x81...0x8F).contains(first) ? 1 : first == 0xDE ? 3 : first == 0xDF ? 5 : 0
    guard key > 0, let head = bytes.byte(key), (0xA1...0xBF).contains(head) else { return false }
    let text = bytes.copy(from: key + 1, atMost: Int(head & 0x1F))
    return text.count == Int(head & 0x1F) && text.allSatisfy { (0x20...0x7E).contains($0) }
  }
}
