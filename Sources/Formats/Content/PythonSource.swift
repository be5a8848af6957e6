// What matters of a Python source to the question what is loaded: which modules it imports, which
// libraries it names, and whether it is a handler of an endpoint. It is read by lines and words;
// code that makes names at run time is not followed.

import Base

struct PythonSource: Sendable {
  /// Modules, with their leading dots.
  private(set) var imports: Set<String> = []
  /// Last parts of the names of shared objects that stand anywhere in it.
  private(set) var libraries: Set<String> = []
  private(set) var isEndpointHandler = false

  /// A longer one is read up to here.
  static let bytesMax = 4 << 20
  private static let importsMax = 4096

  init(_ bytes: RawSpan) {
    let source = bytes.copy(atMost: Self.bytesMax)
    for line in source.split(separator: 0x0A) {
      let words = line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }.prefix(8)
      guard let first = words.first, imports.count < Self.importsMax else { continue }
      if first.elementsEqual("import".utf8) || first.elementsEqual("from".utf8) {
        note(words.map { String(decoding: $0, as: UTF8.self) })
      } else if first.elementsEqual("class".utf8), words.count > 1,
        words[words.startIndex + 1].starts(with: "EndpointHandler".utf8)
      {
        isEndpointHandler = true
      }
    }
    libraries = Self.libraries(in: source)
  }

  /// The words of a line that begins with `import` or `from`.
  private mutating func note(_ words: [String]) {
    guard words.count > 1 else { return }
    if words[0] == "from" {
      imports.insert(words[1])
      // `from . import a`: the names may be modules.
      guard words.count > 3, words[2] == "import", words[1].allSatisfy({ $0 == "." }) else {
        return
      }
      for name in words[3...] { imports.insert(words[1] + name.filter { $0 != "," && $0 != "(" }) }
    } else {
      for name in words[1...] where name != "as" { imports.insert(name.filter { $0 != "," }) }
    }
  }

  /// Words that end like a shared object: `.so`, also with a version, `.dll`, `.dylib`, `.pyd`.
  static func libraries(in text: [UInt8]) -> Set<String> {
    var found: Set<String> = []
    for word in text.split(whereSeparator: { !isPathByte($0) }) where word.count < 512 {
      let name = String(decoding: word, as: UTF8.self)
      guard
        [".so", ".dll", ".dylib", ".pyd"].contains(where: name.hasSuffix) || name.contains(".so.")
      else { continue }
      found.insert(FileSystem.lastComponent(name))
    }
    return found
  }

  private static func isPathByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      || byte >= 0x80 || "._-/+".utf8.contains(byte)
  }
}
