// What the members of an archive of PyTorch are: its pickle, its storages, and the code of a
// TorchScript model.

import Base

struct TorchLayout {
  enum Role { case pickle, storage, code, foreign }

  /// `NAME/`, in front of every member.
  let root: ByteName
  /// Whether it is a TorchScript model, which its own unpickler loads.
  let isScript: Bool
  /// What its pickles may import.
  let allowance: PickleAllowance

  var weights: UnreadWeights { isScript ? .torchScript : .torch }

  /// Nil if the names are not those of such an archive.
  init?(_ names: [ByteName], of archive: ContentPlace) {
    let pickles = names.filter {
      $0.hasSuffix("/data.pkl") && $0.bytes.filter { $0 == UInt8(ascii: "/") }.count == 1
    }
    guard let pickle = pickles.first, pickles.count == 1 else { return nil }
    let root = ByteName(bytes: pickle.bytes.dropLast("data.pkl".utf8.count))
    self.root = root
    let isScript = names.contains {
      $0.text == root.text + "constants.pkl" || $0.hasPrefix(root.text + "code/")
    }
    self.isScript = isScript
    allowance = isScript ? .torchScript : PickleAllowance(file: archive)
  }

  func role(of name: ByteName) -> Role {
    guard name.bytes.starts(with: root.bytes) else { return .foreign }
    let inner = ByteName(bytes: name.bytes.dropFirst(root.bytes.count))
    if inner == "data.pkl" { return .pickle }
    if Self.stamps.contains(inner) || Self.isNumbered(inner, below: "data/") { return .storage }
    guard isScript else { return .foreign }
    if inner == "constants.pkl" || inner == "attributes.pkl" { return .pickle }
    if ["constants/", "tensors/"].contains(where: { Self.isNumbered(inner, below: $0) }) {
      return .storage
    }
    guard inner.hasPrefix("code/") else { return .foreign }
    if inner.hasSuffix(".debug_pkl") { return .pickle }
    return inner.hasSuffix(".py") ? .code : .foreign
  }

  private static let stamps: Set<ByteName> = [
    "version", "byteorder", ".format_version", ".storage_alignment", ".data/serialization_id",
    "data/.data", "model.json",
  ]

  private static func isNumbered(_ name: ByteName, below folder: String) -> Bool {
    name.hasPrefix(folder) && name.bytes.count > folder.utf8.count
      && name.bytes.dropFirst(folder.utf8.count).allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
  }
}
