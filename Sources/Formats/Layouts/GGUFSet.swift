// Several GGUF files side by side: the pieces of one model, or several models.
//
// Pieces are called NAME-00001-of-00003.gguf, as `llama-gguf-split` calls them. Quantisations of
// one network are models of their own: they hold the same tensors, which nobody can take together.
// They are told by their names, or by the name that their headers give the model. Files that say
// they are something else (a projector for images, an importance matrix) are none. Of files that
// have nothing to do with each other nothing is said here: whoever takes their tensors together
// finds the ones that stand twice.

import Base

/// The name of a piece: `NAME-0000i-of-0000n.gguf`.
struct PieceName: Equatable {
  let stem: String
  /// From 1.
  let number: Int
  let count: Int
  let ending: String

  private static let digitCount = 5

  /// Nil if the name is not that of a piece.
  init?(_ name: String, ending: String) {
    guard name.utf8.count > ending.utf8.count, name.lowercased().hasSuffix(ending) else {
      return nil
    }
    let body = name.utf8.dropLast(ending.utf8.count)
    let tail = "-00000-of-00000".utf8.count
    guard body.count > tail else { return nil }
    let parts = String(decoding: body.suffix(tail), as: UTF8.self).split(separator: "-")
    guard parts.count == 3, parts[1] == "of", let number = Self.number(parts[0]),
      let count = Self.number(parts[2]), (1...count).contains(number)
    else { return nil }
    stem = String(decoding: body.dropLast(tail), as: UTF8.self)
    self.number = number
    self.count = count
    self.ending = String(decoding: name.utf8.suffix(ending.utf8.count), as: UTF8.self)
  }

  /// What the piece of this number is called.
  func name(of number: Int) -> String {
    "\(stem)-\(Self.padded(number))-of-\(Self.padded(count))\(ending)"
  }

  /// What all of them have in common.
  var whole: ByteName { ByteName("\(stem)-of-\(Self.padded(count))\(ending)") }

  private static func number(_ digits: Substring) -> Int? {
    guard digits.utf8.count == digitCount, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return Int(digits).flatMap { $0 > 0 ? $0 : nil }
  }

  private static func padded(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, digitCount - digits.count)) + digits
  }
}

/// The GGUF files at the top of a listing.
enum GGUFSet {
  static let ending = ".gguf"
  /// Words of `general.type` that name something beside a model.
  private static let companionTypes: Set<String> = ["mmproj", "imatrix", "adapter"]

  static func isNamed(_ name: String) -> Bool { name.lowercased().hasSuffix(ending) }

  /// Throws `several_models` if a listing whose tensors would come from GGUF files holds several
  /// quantisations of one model, and `missing_part` if pieces are missing.
  static func checkSingle(_ listing: Listing) throws(Problem) {
    let names = listing.topLevelNames
    let others = names.filter { WeightKind.promised(by: $0) == .safetensors }
    guard others.isEmpty, listing.weights == nil else { return }
    let candidates = names.filter(isNamed)
    guard candidates.count > 1 || PieceName(candidates.first ?? "", ending: ending) != nil else {
      return
    }
    var models: [ByteName: String] = [:]
    for name in candidates {
      if let piece = PieceName(name, ending: ending) {
        guard models.updateValue(piece.name(of: 1), forKey: piece.whole) == nil else { continue }
        try checkPieces(piece, of: listing.directory, present: names)
      } else if !isCompanion(name, in: listing) {
        models[ByteName(name)] = name
      }
    }
    guard models.count > 1, holdsQuantisations(Array(models.values), in: listing) else { return }
    throw Problem.several(models: Array(models.values), in: listing.directory)
  }

  /// Throws `missing_part` with the first piece that is not there.
  static func checkPieces(
    _ piece: PieceName, of directory: String, present: [String]
  ) throws(Problem) {
    let known = Set(present.map { ByteName($0) })
    for number in 1...piece.count where !known.contains(ByteName(piece.name(of: number))) {
      throw Problem(
        .malformed, "missing_part",
        place: FileSystem.join(directory, piece.name(of: number)),
        reason: "this is piece \(number) of \(piece.count) of the model, and it is not there",
        remedy: "get the missing file and put it beside the others")
    }
  }

  /// Whether two of these models are one, packed differently.
  private static func holdsQuantisations(_ names: [String], in listing: Listing) -> Bool {
    let stems = Set(names.map { ByteName(QuantisationName.stem($0)) })
    if stems.count < names.count { return true }
    let called = names.compactMap { name in
      header(name, in: listing)?.metadata["general.name"]?.bytes.map { ByteName(bytes: $0) }
    }
    return Set(called).count < called.count
  }

  /// Whether a file says that it is no model. What cannot be read is a model, so that its own
  /// reader says what is wrong.
  private static func isCompanion(_ name: String, in listing: Listing) -> Bool {
    header(name, in: listing)?.metadata["general.type"]?.text.map(companionTypes.contains) ?? false
  }

  private static func header(_ name: String, in listing: Listing) -> GGUF? {
    guard let file = listing.files.first(where: { ByteName($0.name) == ByteName(name) }),
      let mapped = try? MappedFile(path: file.location)
    else { return nil }
    return try? GGUF(mapped)
  }
}

extension Problem {
  /// `several_models`: only one of these files can be meant.
  static func several(models: [String], in directory: String) -> Problem {
    let sorted = models.sorted { ByteName($0) < ByteName($1) }
    return Problem(
      .usage, "several_models", place: directory,
      reason: "there are \(sorted.count) models in it: \(sorted.joined(separator: ", "))",
      remedy: "choose one with --file NAME, or give the path of its file",
      details: ["models": JSON(sorted)])
  }
}
