// The statement within an OMS bundle: which files, with which digests, in which order.
//
// Spec: OMS 1.0 sections 5 and 6. Predicate https://model_signing/signature/v1.0:
//
//     resources      [{name, digest, algorithm}]      names relative, digests lower-case hex
//     serialization  {method files|shards, hash_type, shard_size?, allow_symlinks, ignore_paths?}
//
// The subject's SHA-256 is that of the concatenated raw digests in listed order. A shard is named
// `path:start:end`; the last two numbers count, so a path may hold colons. Empty files have none.
//
// Promises: a manifest that was read is whole and unambiguous: no name twice, no name that leaves
// the model, no pattern among the ignored paths, a root that fits. The order of the list is free,
// since the model_signing tool writes another one than the specification.
// Does not: hashes other than SHA-256.

import Base
import Crypto

/// Which bytes a signature is about.
public struct BundleManifest: Equatable, Sendable {
  /// A file, or a piece of one, with its digest.
  public struct Resource: Equatable, Sendable {
    /// Path within the model; "." or the file's own name when the model is one file.
    public var path: ByteName
    /// The bytes of a shard; nil for the whole file.
    public var shard: Range<Int>?
    /// Plain SHA-256.
    public var digest: Digest

    /// The name in the manifest.
    var name: String {
      guard let shard else { return path.text }
      return "\(path.text):\(shard.lowerBound):\(shard.upperBound)"
    }
  }

  /// Name of the model, for people.
  public var name: String
  /// In listed order.
  public var resources: [Resource]
  /// Bytes in a shard; nil when whole files are signed.
  public var shardByteCount: Int?
  /// Paths that are left out, each with everything below it.
  public var ignored: [ByteName]

  static let predicateType = "https://model_signing/signature/v1.0"
  /// Left out of every signature, at the model's root alone (section 6.2).
  public static let alwaysIgnored: [ByteName] = [".git", ".gitattributes", ".github", ".gitignore"]
  /// More resources than this are refused.
  static let resourceCountMax = 1_000_000

  /// The digest that names the bundle.
  public var root: Digest { SHA256.hash(resources.flatMap(\.digest.bytes)) }
}

// MARK: Writing

extension BundleManifest {
  /// The statement that is signed. Resources are sorted by the code points of their whole name.
  func statement() -> Statement {
    var sorted = self
    sorted.resources.sort { ByteName($0.name) < ByteName($1.name) }
    var serialization: JSONObject = [
      "method": .string(shardByteCount == nil ? "files" : "shards"), "hash_type": "sha256",
      "allow_symlinks": false,
      "ignore_paths": .array((Self.alwaysIgnored + ignored).map { .string($0.text) }),
    ]
    serialization["shard_size"] = shardByteCount.map { JSON($0) }
    let list = sorted.resources.map { resource in
      JSON.object([
        "name": .string(resource.name), "digest": .string(resource.digest.hex),
        "algorithm": "sha256",
      ])
    }
    return Statement(
      subjects: [.init(name: name, sha256: sorted.root)], predicateType: Self.predicateType,
      predicate: ["resources": .array(list), "serialization": .object(serialization)])
  }
}

// MARK: Reading

extension BundleManifest {
  /// Reads the payload of a bundle whose signature was checked.
  init(payload: [UInt8]) throws(Problem) {
    let statement = try Statement(parsing: payload)
    guard statement.predicateType == Self.predicateType else {
      throw malformedBundle("/predicateType", "\"\(Self.predicateType)\" is needed")
    }
    guard statement.subjects.count == 1, let root = statement.subjects[0].sha256 else {
      throw malformedBundle("/subject", "exactly one subject with a SHA-256 is needed")
    }
    name = statement.subjects[0].name ?? ""
    let rules = statement.predicate["serialization"] ?? .null
    guard rules["hash_type"]?.string == "sha256" else {
      throw malformedBundle("/predicate/serialization/hash_type", "only sha256 is supported")
    }
    guard rules["allow_symlinks"]?.bool != nil else {
      throw malformedBundle("/predicate/serialization/allow_symlinks", "true or false is needed")
    }
    shardByteCount = try Self.shardByteCount(rules)
    ignored = try Self.ignoredPaths(rules["ignore_paths"] ?? [])
    resources = try Self.resources(
      statement.predicate["resources"]?.array ?? [], shardByteCount: shardByteCount)
    guard self.root == root else {
      throw Problem(
        .refused, "root_mismatch", place: "/subject/0/digest",
        reason: "the signed root is not that of the listed digests")
    }
  }

  private static func shardByteCount(_ rules: JSON) throws(Problem) -> Int? {
    switch rules["method"]?.string {
    case "files": return nil
    case "shards":
      // Tools that go through Protocol Buffers write 1000.0.
      let stated = rules["shard_size"]
      guard let size = stated?.int ?? stated?.double.flatMap(Int.init(exactly:)), size >= 1 else {
        throw malformedBundle("/predicate/serialization/shard_size", "at least 1 is needed")
      }
      return size
    default:
      throw malformedBundle("/predicate/serialization/method", "files or shards is needed")
    }
  }

  private static func ignoredPaths(_ value: JSON) throws(Problem) -> [ByteName] {
    let place = "/predicate/serialization/ignore_paths"
    guard let list = value.array else { throw malformedBundle(place, "a list is needed") }
    return try list.enumerated().map { (index, item) throws(Problem) in
      guard let path = item.string, isIgnorablePath(path) else {
        throw malformedBundle(
          "\(place)/\(index)", "a path within the model is needed, without patterns")
      }
      return ByteName(path)
    }
  }

  private static func resources(
    _ list: [JSON], shardByteCount: Int?
  ) throws(Problem) -> [Resource] {
    guard (1...resourceCountMax).contains(list.count) else {
      throw malformedBundle(
        "/predicate/resources", "1 to \(resourceCountMax) resources are needed")
    }
    // The tool says the size of shards once more in the name of the algorithm.
    let algorithms = ["sha256"] + (shardByteCount.map { ["sha256-sharded-\($0)"] } ?? [])
    var resources: [Resource] = []
    var names: Set<ByteName> = []
    for (index, item) in list.enumerated() {
      let place = "/predicate/resources/\(index)"
      guard let name = item["name"]?.string, names.insert(ByteName(name)).inserted else {
        throw malformedBundle("\(place)/name", "a name that stands once is needed")
      }
      guard let algorithm = item["algorithm"]?.string, algorithms.contains(algorithm),
        let digest = item["digest"]?.string.flatMap({ Digest(hex: $0) })
      else { throw malformedBundle("\(place)/digest", "a SHA-256 in lower-case hex is needed") }
      let (path, shard) = try split(name, sharded: shardByteCount != nil, at: place)
      guard isModelPath(path) || path == BundleFiles.itself.text else {
        throw malformedBundle("\(place)/name", "\"\(path)\" is not a path within the model")
      }
      resources.append(Resource(path: ByteName(path), shard: shard, digest: digest))
    }
    let paths = Set(resources.map(\.path))
    guard !paths.contains(BundleFiles.itself) || paths.count == 1 else {
      throw malformedBundle("/predicate/resources", "a model of one file holds no other")
    }
    if let shardByteCount { try checkShards(resources, shardByteCount) }
    return resources
  }

  /// Path and range of a shard's name.
  private static func split(
    _ name: String, sharded: Bool, at place: String
  ) throws(Problem) -> (String, Range<Int>?) {
    guard sharded else { return (name, nil) }
    let parts = name.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count >= 3, let start = plainNumber(parts[parts.count - 2]),
      let end = plainNumber(parts[parts.count - 1]), start < end
    else { throw malformedBundle("\(place)/name", "path:start:end is needed") }
    let path = parts.dropLast(2).map { String(decoding: $0, as: UTF8.self) }
    return (path.joined(separator: ":"), start..<end)
  }

  /// Shards of a file must tile it from its start in pieces of the stated size, the last one
  /// excepted.
  private static func checkShards(_ resources: [Resource], _ size: Int) throws(Problem) {
    for (path, shards) in Dictionary(grouping: resources, by: \.path) {
      var next = 0
      for shard in shards.compactMap(\.shard).sorted(by: { $0.lowerBound < $1.lowerBound }) {
        guard shard.lowerBound == next, next % size == 0, shard.count <= size else {
          throw malformedBundle(
            "/predicate/resources", "the shards of \"\(path.text)\" leave a gap or overlap")
        }
        next = shard.upperBound
      }
    }
  }
}

// MARK: Names

/// A relative path with '/', no empty part, no '.', no '..', no control character, no backslash.
func isModelPath(_ path: String) -> Bool {
  let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
  return parts.allSatisfy { part in
    !part.isEmpty && !part.elementsEqual(".".utf8) && !part.elementsEqual("..".utf8)
      && part.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
  }
}

/// A path that may be ignored: one within the model and no pattern (section 6.2.1).
func isIgnorablePath(_ path: String) -> Bool {
  isModelPath(path) && !path.utf8.contains { "*?[]".utf8.contains($0) }
}

private func plainNumber(_ text: Substring.UTF8View) -> Int? {
  guard let value = Int(Substring(text)), value >= 0, String(value).utf8.elementsEqual(text) else {
    return nil
  }
  return value
}
