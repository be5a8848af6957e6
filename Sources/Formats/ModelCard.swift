// What a model says of itself: the front matter of its README, `adapter_config.json`, and the
// licence a GGUF file names. Claims, not facts: nothing here is believed or corrected.
//
// Keys follow the model card metadata of the Hub
// (https://github.com/huggingface/huggingface_hub/blob/main/docs/source/en/guides/model-cards.md).

import Base

/// The card of a model.
public struct ModelCard: Equatable, Sendable {
  /// `license` as typed; more than one if it is a list.
  public var licences: [String] = []
  /// Whether `license` is a list: it says neither AND nor OR.
  public var isLicenceList = false
  /// `license` is there but is a number, a mapping, a nested list.
  public var hasUnreadableLicence = false
  public var licenceName: String?
  /// An address, or the name of a file beside the card.
  public var licenceLink: String?
  public var baseModels: [String] = []
  public var baseModelRelation: String?
  /// Whether the bases are those that a header names: whoever converts a model copies them from its
  /// card, so they may be what that model was made from.
  public var hasHeaderBases = false
  public var datasets: [String] = []
  public var tags: [String] = []
  /// Often the only copy of a licence.
  public var gatedPrompt: String?
  /// What the model calls itself; only headers say it.
  public var modelName: String?
  /// Who made the model, as the header of a GGUF file says: its organisation, else its author.
  public var organisation: String?
  /// Whether the README begins with front matter.
  public var hasFrontMatter = false
  /// The text below the front matter.
  public var body: [UInt8] = []

  public init() {}
}

extension ModelCard {
  /// The file that is the card among the files of a folder, or nil.
  public static func fileName(among names: [String]) -> String? {
    names.first { $0 == "README.md" } ?? names.first { $0.lowercased() == "readme.md" }
  }

  /// Whether a file beside a bare one may be its card: `README.md`, `README.upstream.md`.
  public static func isCardName(_ name: String) -> Bool {
    let lower = name.lowercased()
    return lower.hasPrefix("readme") && lower.hasSuffix(".md")
  }

  /// The card in the bytes of a README.
  public static func read(bytes: [UInt8]) throws(Problem) -> ModelCard {
    let (value, body) = try FrontMatter.read(bytes)
    var card = ModelCard()
    card.body = body
    guard let value else { return card }
    card.hasFrontMatter = true
    switch value["license"] ?? .null {
    case .null: break
    case .text(let text): card.licences = [text]
    case .list(let values):
      card.isLicenceList = values.count > 1
      card.licences = values.compactMap(\.text)
      card.hasUnreadableLicence = card.licences.count < values.count
    case .map: card.hasUnreadableLicence = true
    }
    card.licenceName = value["license_name"]?.text
    card.licenceLink = value["license_link"]?.text
    card.baseModels = value["base_model"]?.texts ?? []
    card.baseModelRelation = value["base_model_relation"]?.text
    card.datasets = value["datasets"]?.texts ?? []
    card.tags = value["tags"]?.texts ?? []
    card.gatedPrompt = value["extra_gated_prompt"]?.text
    return card
  }

  /// The file in which an adapter says what it belongs to.
  public static let adapterConfigName = Adapter.fileName

  /// The base that the bytes of an `adapter_config.json` name, or nil if there is no such key.
  public static func adapterBase(bytes: [UInt8]) throws(Problem) -> String? {
    do throws(JSONError) {
      return try JSON.parse(bytes)["base_model_name_or_path"]?.string
    } catch {
      throw error.problem(file: adapterConfigName)
    }
  }
}
