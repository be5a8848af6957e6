// ONNX models: every tensor of the graph and of what belongs to it, in the file or in files beside
// it.
//
// Which tensors there are: ONNXWalk. External data is read from files of the model, where its
// layout says that they lie, or from plain files below its directory: no link at any part of the
// way, no "..", offset and length in the file. Values may be raw bytes or single numbers; both give
// the same tensor.

import Base

enum ONNX {
  static let depthMax = 64

  static func part(
    _ file: MappedFile, name: String, beside: ExternalFiles, run: Run
  ) throws(Problem) -> WeightPart {
    var part = WeightPart(files: [file], fileNames: [name], entries: [])
    var opened: [ByteName: Int] = [:]
    try file.withBytes { (bytes) throws(Problem) in
      let walk = try ONNXWalk(bytes, file: file.path, run: run)
      part.findings = walk.findings
      part.entries.reserveCapacity(walk.tensors.count)
      for (index, tensor) in walk.tensors.enumerated() {
        if index & 0xFFF == 0 { try run.check() }
        do throws(Problem) {
          part.entries.append(try part.entry(tensor, &opened, beside, bytes))
        } catch { throw error.at("tensor \(tensor.name.quoted)") }
      }
    }
    guard !part.entries.isEmpty else {
      throw malformed(
        "no_weights", "graph", "the model holds no tensors, so there are no weights to name",
        remedy: "give the model that holds the weights")
    }
    return part
  }
}

extension WeightPart {
  /// Where a tensor's bytes lie.
  fileprivate mutating func entry(
    _ tensor: ONNXTensor, _ opened: inout [ByteName: Int], _ beside: ExternalFiles, _ bytes: RawSpan
  ) throws(Problem) -> TensorEntry {
    let entry = try tensor.inlineEntry(bytes)
    if tensor.isExternal {
      let location = ByteName(tensor.external["location"] ?? "")
      if opened[location] == nil { opened[location] = try open(location, beside) }
      let external = opened[location] ?? 0
      return try tensor.externalEntry(external, byteCount: files[external].byteCount)
    }
    guard let entry else {
      throw malformed(
        "onnx_encoding", "data", "its values are not stored in the field of its type",
        remedy: "save the model again with raw data")
    }
    return entry
  }

  /// Maps a file of external data and gives its index.
  fileprivate mutating func open(
    _ location: ByteName, _ beside: ExternalFiles
  ) throws(Problem) -> Int {
    let parts = location.text.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.bytes.isEmpty, parts.count <= ONNX.depthMax,
      parts.allSatisfy({ isPlainName(String($0)) })
    else {
      throw malformed(
        "onnx_external", "external data \(location.quoted)",
        "the location is empty or leaves the model's directory")
    }
    if let known = beside.location(of: location.text) {
      files.append(try MappedFile(path: known))
    } else {
      files.append(try MappedFile(path: Self.path(parts, of: location, beside)))
    }
    fileNames.append(beside.prefix + location.text)
    return files.count - 1
  }

  /// The way to a file that no layout lists.
  private static func path(
    _ parts: [Substring], of location: ByteName, _ beside: ExternalFiles
  ) throws(Problem) -> String {
    var path = beside.directory
    for part in parts {
      path = FileSystem.join(path, String(part))
      guard FileSystem.kind(of: path) != .link else {
        throw malformed(
          "onnx_external", "external data \(location.quoted)",
          "a part of the way is a symbolic link")
      }
    }
    return path
  }
}
