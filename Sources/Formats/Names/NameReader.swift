// Names of files that are not quite as a convention writes them: wrappers in front, another
// spelling of "layers", a family that is not known.
//
// For comparing two models, never for naming one: a tensor is placed by its ending, whatever
// stands before the number of its layer. The endings are those of the family's table; of a family
// that is not known, those of all tables. Where these disagree the most usual meaning counts,
// with one exception that the names themselves decide: `post_attention_layernorm`, in GGUF
// `post_attention_norm`, is the norm before the feed-forward part, unless that has its own.
// Does not guess: an ending that is in no table has no role, and keeps its cleaned name.

import Base

/// What a name says.
public struct ReadName: Hashable, Sendable {
  /// Nil if no table has the ending.
  public var role: TensorRole?
  public var layer: Int?
  public var expert: Int?
  public var parameter: TensorPlace.Parameter
  /// What is left of the name: without wrappers, numbers of layer and expert, and `.weight`.
  public var ending: ByteName
}

/// Reads names by endings.
public struct NameReader: Sendable {
  private let own: Table
  private let isKnown: Bool
  private let order: TensorOrder.QueryKeyValue?
  /// Whether a layer has norms around its feed-forward part alone.
  private let hasFourNorms: Bool

  /// What stands before names: wrappers of multimodal models, of adapters and of compilers.
  static let wrappers = words([
    "model", "transformer", "language_model", "gpt_neox", "module", "_orig_mod", "base_model",
    "decoder", "text_model",
  ])
  /// What stands before the number of a layer.
  static let layerWords = words(["layers", "h", "blocks", "block", "blk", "layer"])
  /// Larger numbers are no layers and no experts of anything.
  static let numberMax = 99_999

  /// For a model of this container, or of one not known; `names` are all of its names.
  public init(_ container: TensorContainer?, names: some Sequence<ByteName>) {
    own = Table(container.map { [$0] } ?? [])
    isKnown = container != nil
    order = container?.order.queryKeyValue
    hasFourNorms = names.contains { name in
      Self.feedForwardNorms.contains { name.hasSuffix($0) }
    }
  }

  private static let feedForwardNorms = [
    "pre_feedforward_layernorm.weight", "post_feedforward_layernorm.weight",
    "post_ffw_norm.weight",
  ]
  private static let afterAttention: Set<ByteName> = [
    "post_attention_layernorm", "post_attention_norm",
  ]

  /// Reads a name. Total: every name has an ending.
  public func read(_ name: ByteName) -> ReadName {
    var words = name.bytes.split(
      separator: UInt8(ascii: "."), omittingEmptySubsequences: false)[...]
    while words.count > 1, let first = words.first, Self.wrappers.contains(ByteName(bytes: first)) {
      words.removeFirst()
    }
    var result = ReadName(parameter: .weight, ending: name)
    if let last = words.last, words.count > 1 {
      if last.elementsEqual("bias".utf8) { result.parameter = .bias }
      if result.parameter == .bias || last.elementsEqual("weight".utf8) { words.removeLast() }
    }
    if let index = numbered(words, after: Self.layerWords) {
      result.layer = Self.number(words[index])
      words = words[(index + 1)...]
    }
    if result.layer != nil, let index = numbered(words, after: Self.expertWords) {
      result.expert = Self.number(words[index])
      words.remove(at: index)
    }
    result.ending = ByteName(bytes: words.joined(separator: [UInt8(ascii: ".")]))
    result.role = role(result)
    return result
  }

  /// How q, k and v lie in the tensor of this name, if it holds all three and that is known.
  public func order(of name: ReadName) -> TensorOrder.QueryKeyValue? {
    guard name.role == .queryKeyValue else { return nil }
    return isKnown ? order : Self.common.inLayer[name.ending]?.order
  }

  private func role(_ name: ReadName) -> TensorRole? {
    let inLayer = name.layer != nil
    if !isKnown, inLayer, Self.afterAttention.contains(name.ending) {
      return hasFourNorms ? .attentionPostNorm : .feedForwardNorm
    }
    let meaning = own[name.ending, inLayer: inLayer] ?? Self.common[name.ending, inLayer: inLayer]
    guard let role = meaning?.role, name.expert == nil || role.isOfExpert else { return nil }
    return role
  }

  private func numbered(_ words: ArraySlice<ArraySlice<UInt8>>, after: Set<ByteName>) -> Int? {
    words.indices.dropFirst().first { index in
      after.contains(ByteName(bytes: words[index - 1])) && Self.number(words[index]) != nil
    }
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    TensorNameIndex.number(digits).flatMap { $0 <= numberMax ? $0 : nil }
  }

  private static func words(_ list: [String]) -> Set<ByteName> { Set(list.map { ByteName($0) }) }

  private static let expertWords = words(["experts"])

  // MARK: Tables

  /// All families' endings.
  private static let common = Table(
    TensorFamily.all.map(\.huggingFace) + TensorFamily.all.map(\.gguf))

  /// What endings mean; of two meanings the first container's.
  private struct Table: Sendable {
    struct Meaning {
      let role: TensorRole
      /// Of a tensor that holds q, k and v; nil also where containers disagree.
      var order: TensorOrder.QueryKeyValue?
    }

    private(set) var inLayer: [ByteName: Meaning] = [:]
    private(set) var whole: [ByteName: Meaning] = [:]

    init(_ containers: [TensorContainer]) {
      for container in containers {
        for (role, part) in container.names.parts {
          let order = role == .queryKeyValue ? container.order.queryKeyValue : nil
          let meaning = Meaning(role: role, order: order)
          if role.isInLayer {
            Self.put(meaning, at: Self.ending(part), in: &inLayer)
          } else {
            Self.put(meaning, at: Self.ending(part), in: &whole)
          }
        }
      }
    }

    subscript(ending: ByteName, inLayer isInLayer: Bool) -> Meaning? {
      isInLayer ? inLayer[ending] : whole[ending]
    }

    private static func put(
      _ meaning: Meaning, at key: ByteName, in table: inout [ByteName: Meaning]
    ) {
      guard let known = table[key] else {
        table[key] = meaning
        return
      }
      if known.order != meaning.order { table[key]?.order = nil }
    }

    /// A part as `read` leaves it.
    private static func ending(_ part: String) -> ByteName {
      var words = part.split(separator: ".").filter { $0 != "#" }
      while words.count > 1, wrappers.contains(ByteName(bytes: words[0].utf8)) {
        words.removeFirst()
      }
      return ByteName(words.joined(separator: "."))
    }
  }
}
