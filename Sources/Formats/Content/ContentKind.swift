// What a file is by its content: a total classification. The name is asked only where nothing in
// the bytes could tell (a raw block of weights, a vocabulary), and never makes something harmless
// that the bytes say could run.

import Base

/// A kind of content.
enum ContentKind: Equatable, Sendable {
  case empty
  case text(PlainText)
  /// A pickle that announces itself by its first opcode.
  case pickle
  /// One array of NumPy.
  case array
  case container(ContainerKind)
  /// Begins like weights that are read.
  case weights(WeightKind)
  case unreadWeights(UnreadWeights)
  case harmless(HarmlessKind)
  case native(NativeCode)
  /// A kind of archive that is not opened.
  case closed(ClosedArchive)
  case unknown
}

/// What can be opened and is judged by what is in it.
enum ContainerKind: Equatable, Sendable { case zip, tar, gzip, zlib, bzip2, xz, lzma }

/// Archives that are recognised and not opened. The raw value is for people.
enum ClosedArchive: String, Sendable {
  case sevenZip = "7z archive"
  case rar = "RAR archive"
  case zstandard = "Zstandard stream"
  case lz4 = "LZ4 stream"
  case compress = "stream of compress"
  case cabinet = "Windows cabinet"
  case compoundDocument = "OLE document, which may hold macros"
  case squashFS = "SquashFS image"
}

/// Data that no loader runs. The raw value is for people.
enum HarmlessKind: String, Sendable {
  case png = "PNG image"
  case jpeg = "JPEG image"
  case gif = "GIF image"
  case webp = "WebP image"
  case bmp = "BMP image"
  case tiff = "TIFF image"
  case icon = "Windows icon"
  case wav = "WAV sound"
  case flac = "FLAC sound"
  case ogg = "Ogg stream"
  case mp3 = "MP3 sound"
  case isoMedia = "MPEG-4 media"
  case matroska = "Matroska media"
  case font = "font"
  case pdf = "PDF document"
  case parquet = "Parquet table"
  case arrow = "Arrow table"
  case records = "TensorFlow records"
  case sentencePiece = "SentencePiece model"
  case gitStore = "part of a git repository"
  case signature = "signature"
  case finder = "folder view of macOS"
}

/// Compiled code. The raw value is for people.
enum NativeCode: String, Sendable {
  case elf = "ELF binary"
  case portableExecutable = "Windows binary"
  case machO = "Mach-O binary"
  case javaClass = "Java class"
  case webAssembly = "WebAssembly module"
  case python = "compiled Python"
  case dalvik = "Dalvik binary"
  case bitcode = "LLVM bitcode"
  case library = "static library"
  case lua = "compiled Lua"
  case shortcut = "Windows shortcut"
}

/// Weights of a kind that is recognised and not read. The raw value is for people.
enum UnreadWeights: String, Sendable {
  case hdf5 = "HDF5"
  case flax = "Flax msgpack"
  case tensorFlowLite = "TensorFlow Lite"
  case ggml = "GGML from before GGUF"
  case ctranslate2 = "CTranslate2"
  case fastText = "fastText"
  case openVINO = "OpenVINO"
  case executorch = "ExecuTorch"
  case tensorRT = "TensorRT engine"
  case coreML = "Core ML"
  case distributed = "distributed checkpoint of PyTorch"
  case tensorFlow = "TensorFlow"
  case torchScript = "TorchScript"
  case torch = "PyTorch"
  case array = "NumPy"
  case packed = "weights inside of an archive"
}
