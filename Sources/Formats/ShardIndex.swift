// The index of a sharded safetensors model: which tensor lies in which file.
//
// Format: `{"metadata": {…}, "weight_map": {tensor: file}}`, as written by Hugging Face libraries.
// Promises: every file named is a plain name in the same directory and is there, index and files
// agree tensor by tensor in both directions, and no further shard lies beside them.

import Base

struct ShardIndex {
  let directory: String
  let name: String
  /// Tensor to file.
  private let map: [(tensor: ByteName, shard: String)]
  private let model: ModelLocation
  private let run: Run

  static let bytesMax = 64 << 20

  init(
    _ model: ModelLocation, directory: String, name: String, run: Run
  ) throws(Problem) {
    self.model = model
    let place = FileSystem.join(directory, name)
    let bytes = try FileSystem.read(Self.location(of: name, in: model), limitBytes: Self.bytesMax)
    let document = try JSON.parse(bytes, file: place, run: run)
    guard let members = document["weight_map"]?.object else {
      throw malformed("shard_index", "weight_map", "the index has no object weight_map").at(place)
    }
    var map: [(tensor: ByteName, shard: String)] = []
    for (tensor, value) in members {
      guard let shard = value.string, isPlainName(shard) else {
        throw malformed(
          "shard_index", "weight_map, tensor \(ByteName(tensor).quoted)",
          "\(value.canonicalText) is not the name of a file in this directory"
        ).at(place)
      }
      map.append((ByteName(tensor), shard))
    }
    self.directory = directory
    self.name = name
    self.map = map
    self.run = run
  }

  /// Reads all shards. `present` are the safetensors files in the directory.
  func read(present: [String]) throws(Problem) -> WeightPart {
    var listed: [String: Set<ByteName>] = [:]
    for (tensor, shard) in map { listed[shard, default: []].insert(tensor) }
    let names = listed.keys.sorted { ByteName($0) < ByteName($1) }
    for shard in names where !present.contains(shard) {
      throw problem(shard, "the index names this shard and it is not there")
    }
    for shard in present where listed[shard] == nil {
      throw problem(
        shard, "a safetensors file that the index does not name; it is unclear what it belongs to")
    }
    var whole = WeightPart(files: [], fileNames: [], entries: [])
    for shard in names {
      let file = try MappedFile(path: Self.location(of: shard, in: model))
      let part = try readPart(
        .safetensors, file, name: shard, beside: ExternalFiles(of: shard, in: model), run: run)
      try compare(shard, Set(part.entries.map(\.name)), with: listed)
      whole.add(part)
    }
    return whole
  }

  private static func location(of name: String, in model: ModelLocation) -> String {
    model.file(name)?.location ?? model.place(of: name)
  }

  private func compare(
    _ shard: String, _ found: Set<ByteName>, with listed: [String: Set<ByteName>]
  ) throws(Problem) {
    let wanted = listed[shard] ?? []
    if let missing = wanted.subtracting(found).min() {
      throw problem(
        shard, tensor: missing, "the index puts this tensor into the shard and it is not there")
    }
    if let extra = found.subtracting(wanted).min() {
      let elsewhere = map.first { $0.tensor == extra }?.shard
      throw problem(
        shard, tensor: extra,
        elsewhere.map { "the index puts this tensor into \($0)" }
          ?? "the index does not name this tensor")
    }
  }

  private func problem(_ shard: String, tensor: ByteName? = nil, _ reason: String) -> Problem {
    Problem(
      .malformed, "shard_index",
      place: FileSystem.join(directory, shard) + (tensor.map { ": tensor \($0.quoted)" } ?? ""),
      reason: reason, remedy: "download the model again; index and shards do not belong together")
  }
}

/// A file name without any way out of its directory.
func isPlainName(_ name: String) -> Bool {
  !name.isEmpty && name != "." && name != ".."
    && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 == 0 }
}
