// PyTorch files of before version 1.6: five pickles in a row and the storages behind them.
//
// Format: `_legacy_save` of torch/serialization.py:
//     pickle  the magic number      pickle  the protocol version, 1001
//     pickle  {"little_endian", …}  pickle  the value, whose persistent ids name storages
//     pickle  the keys of the storages, in the order in which they follow
//     for each key: 8 bytes, the number of elements, then the elements
// Promises: total; every number is checked against the bytes that are there. What is a finding of
// any of the pickles was found before (`PickleScan`).

import Base

struct TorchLegacy {
  private let file: MappedFile
  /// The pickles; storages may lie behind.
  private let head: [UInt8]

  init(_ file: MappedFile, _ head: [UInt8]) {
    self.file = file
    self.head = head
  }

  /// Reads the file, of which `PickleScan` found nothing wrong.
  func part(name: String, run: Run) throws(Problem) -> WeightPart {
    var offset = 0
    var runs: [(machine: PickleMachine, value: PickleID)] = []
    for index in 0..<PickleScan.legacyStreams {
      var machine = PickleMachine(head, at: offset, place: file.path, job: run)
      do {
        let value = try machine.run()
        runs.append((machine, value))
      } catch {
        throw malformed("pickle", "pickle \(index + 1), byte \(error.offset)", error.reason)
      }
      offset = machine.offset
    }
    guard case .int(1001?) = runs[1].machine.value(runs[1].value) else {
      throw malformed("torch_archive", "pickle 2", "the protocol version is not 1001")
    }
    let isBigEndian = try isBigEndian(runs[2].machine, runs[2].value)
    let keys = try keys(runs[4].machine, runs[4].value)
    let storages = runs[3].machine.arena.compactMap { value in
      if case .storage(let storage) = value { storage } else { nil }
    }
    guard storages.allSatisfy({ $0.type != nil }) else {
      var part = WeightPart(files: [file], fileNames: [name], entries: [])
      part.leaveUnread("a storage holds elements that are not decoded, or is a view of another")
      return part
    }
    let places = try places(keys, of: storages, from: offset, isBigEndian: isBigEndian)
    var part = WeightPart(files: [file], fileNames: [name], entries: [])
    try part.add(
      runs[3].machine, runs[3].value, TorchStorages(places.known, isBigEndian: isBigEndian), run)
    if places.end < file.byteCount {
      part.findings.append(
        Finding(
          id: "torch-tail", severity: .warning,
          message: "\(file.byteCount - places.end) bytes stand behind the last storage",
          place: "\(file.path): byte \(places.end)"))
    }
    return part
  }

  private func isBigEndian(_ machine: PickleMachine, _ id: PickleID) throws(Problem) -> Bool {
    guard case .dictionary(let members) = machine.value(id) else {
      throw malformed("torch_archive", "pickle 3", "it does not describe the writer's system")
    }
    for (key, value) in members {
      if case .text("little_endian") = machine.value(key),
        case .bool(let flag) = machine.value(value)
      {
        return !flag
      }
    }
    throw malformed("torch_archive", "pickle 3", "it does not say the byte order")
  }

  private func keys(_ machine: PickleMachine, _ id: PickleID) throws(Problem) -> [ByteName] {
    guard case .list(let items) = machine.value(id) else {
      throw malformed("torch_archive", "pickle 5", "it is no list of storages")
    }
    var keys: [ByteName] = []
    for item in items {
      guard case .text(let key) = machine.value(item) else {
        throw malformed("torch_archive", "pickle 5", "the key of a storage is no text")
      }
      keys.append(key)
    }
    return keys
  }

  /// Where the storages lie that follow `start`. The value says the size of their elements.
  private func places(
    _ keys: [ByteName], of storages: [PickleStorage], from start: Int, isBigEndian: Bool
  ) throws(Problem) -> (known: [ByteName: TorchStorages.Place], end: Int) {
    var types: [ByteName: ElementType] = [:]
    for storage in storages { types[storage.key] = storage.type }
    var known: [ByteName: TorchStorages.Place] = [:]
    var offset = start
    for key in keys {
      let place = "storage \(key.quoted)"
      guard let type = types[key], let digits = file.bytes(at: offset, count: 8) else {
        throw malformed("torch_storage", place, "its element type or its length is not there")
      }
      let ordered = isBigEndian ? digits : digits.reversed()
      let count = ordered.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      offset += 8
      guard let elements = Int(exactly: count), let bytes = type.byteCount(elements: elements),
        bytes <= file.byteCount - offset
      else {
        throw malformed("torch_storage", place, "its \(count) elements reach beyond the file")
      }
      guard known[key] == nil else {
        throw malformed("torch_storage", place, "two storages have this key")
      }
      known[key] = TorchStorages.Place(offset: offset, byteCount: bytes)
      offset += bytes
    }
    return (known, offset)
  }
}
