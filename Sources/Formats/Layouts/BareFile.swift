// A model that is one file, or the pieces of one, with what lies beside it.
//
// A card or a licence text in the same folder speaks of a GGUF file if no other model lies there:
// quantisations and pieces of the same model are no other one. Two GGUF files are of one model if
// their headers give the same `general.name`, or if their names differ in the quantisation alone.
// Of other weights nothing beside them is believed: a GGUF file is a whole model, they are a part
// of a folder that can hold anything.

import Base

/// One file that was named as the model.
struct BareFile {
  /// The path as it was given.
  let path: String
  /// The path that names it.
  let place: String
  let id: String
  var revision: String?
  /// The folder it lies in, for messages.
  let directory: String
  let file: ModelFile
  let surroundings: Surroundings
  var isStore = false

  /// Throws `missing_part` if it is a piece and another one is not there.
  func model() throws(Problem) -> ModelLocation {
    let around = try surroundings.names()
    var files = [file]
    let piece = PieceName(file.name, ending: GGUFSet.ending)
    if let piece {
      try GGUFSet.checkPieces(piece, of: directory, present: around)
      files = (1...piece.count).compactMap { surroundings.file(piece.name(of: $0)) }
      guard files.count == piece.count else {
        throw Problem(
          .malformed, "not_a_file", place: directory,
          reason: "a piece of the model is a link or no regular file",
          remedy: "put the pieces themselves beside each other")
      }
    }
    let own = Set(files.map { ByteName($0.name) })
    let isAlone =
      Self.isGGUF(files[0])
      && around.allSatisfy { own.contains(ByteName($0)) || !isOtherModel($0, than: files[0]) }
    let companions =
      isAlone ? around.filter(CompanionName.speaksOfModel).compactMap(surroundings.file) : []
    return ModelLocation(
      path: path, place: place(first: files[0].name),
      id: id, revision: revision, isFolder: false, directory: directory, files: files,
      companions: companions.filter { !own.contains(ByteName($0.name)) }, weights: nil,
      surroundings: surroundings, isStore: isStore)
  }

  /// A model in pieces is found again by the first of them.
  private func place(first name: String) -> String {
    FileSystem.lastComponent(place) == file.name
      ? FileSystem.join(FileSystem.directoryName(place), name) : place
  }

  /// Whether a file beside this one is a model of its own.
  private func isOtherModel(_ name: String, than file: ModelFile) -> Bool {
    guard let kind = WeightKind.promised(by: name), let other = surroundings.file(name) else {
      return false
    }
    guard kind == .gguf else { return true }
    if QuantisationName.stem(name) == QuantisationName.stem(file.name) { return false }
    guard let theirs = Self.generalName(other), let ours = Self.generalName(file) else {
      return true
    }
    return ByteName(theirs) != ByteName(ours)
  }

  private static func isGGUF(_ file: ModelFile) -> Bool {
    GGUFSet.isNamed(file.name)
      || (try? MappedFile(path: file.location)).map(GGUF.isLikely) ?? false
  }

  /// `general.name`; of pieces the first one has it.
  private static func generalName(_ file: ModelFile) -> String? {
    guard let mapped = try? MappedFile(path: file.location), let gguf = try? GGUF(mapped) else {
      return nil
    }
    return gguf.metadata["general.name"]?.text
  }
}

/// Which files beside a bare one say something about it, by name, in any case.
enum CompanionName {
  static func speaksOfModel(_ name: String) -> Bool {
    let lower = name.lowercased()
    return ModelCard.isCardName(name)
      || ["license", "licence", "copying", "notice"].contains { lower.hasPrefix($0) }
      || lower.contains("terms")
  }
}

/// File names without what says how the weights are packed.
enum QuantisationName {
  /// The name without its ending, its number as a piece and its quantisation, in small letters:
  /// "x" of `X-Q4_K_M.gguf`, `x.IQ2_XXS.gguf`, `X-Q8_0-00001-of-00002.gguf`, `x-f16.gguf`.
  static func stem(_ name: String) -> String {
    var text = name.lowercased()
    if let piece = PieceName(text, ending: GGUFSet.ending) {
      text = piece.stem
    } else if text.hasSuffix(GGUFSet.ending) {
      text = String(text.dropLast(GGUFSet.ending.count))
    }
    guard let cut = text.lastIndex(where: { $0 == "-" || $0 == "." }),
      isQuantisation(text[text.index(after: cut)...])
    else { return isQuantisation(text[...]) ? "" : text }
    let stem = text[..<cut]
    // "UD" and "i1" say how the quantisation was chosen.
    let mark = [".i1", "-i1", ".ud", "-ud"].first { stem.hasSuffix($0) }
    return String(stem.dropLast(mark?.count ?? 0))
  }

  /// `q4_k_m`, `iq3_xxs`, `tq1_0`, `mxfp4`, `f16`, `bf16`, `fp32`, `ud_q4_k_xl`.
  static func isQuantisation(_ word: Substring) -> Bool {
    let known: Set<Substring> = [
      "f16", "f32", "bf16", "fp16", "fp32", "f64", "mxfp4", "mxfp4_moe", "nvfp4", "fp8",
    ]
    if known.contains(word) { return true }
    var rest = word
    if rest.hasPrefix("ud_") { rest = rest.dropFirst(3) }
    for head in ["iq", "tq", "q"] where rest.hasPrefix(head) {
      let tail = rest.dropFirst(head.count)
      guard let first = tail.utf8.first, (0x31...0x38).contains(first) else { return false }
      let parts = tail.dropFirst().split(separator: "_", omittingEmptySubsequences: false)
      let words: Set<Substring> = [
        "", "0", "1", "k", "s", "m", "l", "xs", "xxs", "xl", "nl", "r4", "r8", "4", "8",
      ]
      return parts.allSatisfy(words.contains)
    }
    return false
  }
}
