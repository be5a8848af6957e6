// The files of a trial as JSON: pairs and coins, a line each.
//
//   pairs   {"index":i,"prompt":…,"a":…,"b":…,"prompt_ids"?,"a_ids"?,"b_ids"?:[token]}
//   served  {"index":i,"prompt":…,"completion":…,"prompt_ids"?,"completion_ids"?}
//   coins   {"index":i,"served":"a"|"b"}
//
// An index twice, or one that is no whole number, is malformed.

import Base
import Evidence

extension TrialFiles {
  /// - Parameter decode: the text of token ids, for pairs that are given as ids alone.
  public static func pairs(
    _ file: String, decode: (([Int32]) -> String)? = nil
  ) throws(Problem) -> [Pair] {
    try lines(file).map { index, json, place throws(Problem) in
      let lists = ["prompt_ids", "a_ids", "b_ids"].map { identifiers(json[$0]) }
      var texts = ["prompt", "a", "b"].map { json[$0]?.string }
      if let decode { texts = zip(texts, lists).map { $0 ?? $1.map(decode) } }
      guard let prompt = texts[0], let a = texts[1], let b = texts[2] else {
        throw bad(place, "\"prompt\", \"a\" and \"b\" are needed")
      }
      guard let promptIDs = lists[0], let aIDs = lists[1], let bIDs = lists[2] else {
        return Pair(index: index, prompt: prompt, a: a, b: b, identifiers: nil)
      }
      return Pair(
        index: index, prompt: prompt, a: a, b: b, identifiers: (promptIDs, aIDs, bIDs))
    }
  }

  /// Whether b was served, by index.
  public static func coins(_ file: String) throws(Problem) -> [Int: Bool] {
    var coins: [Int: Bool] = [:]
    for (index, json, place) in try lines(file) {
      switch json["served"]?.string {
      case "a": coins[index] = false
      case "b": coins[index] = true
      default: throw bad(place, "\"served\" is \"a\" or \"b\"")
      }
    }
    return coins
  }

  /// A line for each coin.
  static func coins(_ commitment: TrialCommitment) -> [UInt8] {
    (0..<commitment.pairCount).flatMap { index in
      let line: JSON = [
        "index": JSON(index), "served": commitment.servesB(index) ? "b" : "a",
      ]
      return line.canonicalBytes + [0x0A]
    }
  }

  /// One JSON value that fills a file.
  static func object(_ file: String) throws(Problem) -> JSON {
    let bytes = try InputFile.read(file, limitBytes: fileBytesMax)
    do throws(JSONError) { return try JSON.parse(bytes) } catch { throw error.problem(file: file) }
  }

  private static func lines(
    _ file: String
  ) throws(Problem) -> [(index: Int, json: JSON, place: String)] {
    try lines(try InputFile.read(file, limitBytes: fileBytesMax), file: file)
  }

  /// Lines with an index, of the bytes of a file.
  static func lines(
    _ bytes: [UInt8], file: String
  ) throws(Problem) -> [(index: Int, json: JSON, place: String)] {
    var seen: Set<Int> = []
    return try values(bytes, file: file).map { json, place throws(Problem) in
      guard let index = json["index"]?.int, (0..<pairsMax).contains(index) else {
        throw bad(place, "\"index\" is a whole number from 0")
      }
      guard seen.insert(index).inserted else { throw bad(place, "index \(index) stands twice") }
      return (index, json, place)
    }
  }

  /// The JSON values of a file, one a line; empty lines are passed over.
  static func values(_ file: String) throws(Problem) -> [(json: JSON, place: String)] {
    try values(try InputFile.read(file, limitBytes: fileBytesMax), file: file)
  }

  private static func values(
    _ bytes: [UInt8], file: String
  ) throws(Problem) -> [(json: JSON, place: String)] {
    var result: [(json: JSON, place: String)] = []
    for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
      .enumerated() where !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D })
    {
      let place = "\(file):\(number + 1)"
      do throws(JSONError) { result.append((try JSON.parse(Array(line)), place)) } catch {
        throw error.problem(file: place)
      }
    }
    return result
  }

  /// Token ids; nil if the value is no list of them.
  static func identifiers(_ json: JSON?) -> [Int32]? {
    guard let list = json?.array else { return nil }
    let ids = list.compactMap { $0.int.flatMap(Int32.init(exactly:)) }
    return ids.count == list.count ? ids : nil
  }
}

extension TrialFiles.Pair {
  /// What is committed to.
  var content: PairContent {
    PairContent(
      prompt: Array(prompt.utf8), a: Array(a.utf8), b: Array(b.utf8),
      identifiers: identifiers.map { ids in
        let object: JSON = [
          "a": Self.list(ids.a), "b": Self.list(ids.b), "prompt": Self.list(ids.prompt),
        ]
        return object.canonicalBytes
      })
  }

  /// A line of the file of pairs.
  var json: JSON {
    var object: JSONObject = [
      "index": JSON(index), "prompt": .string(prompt), "a": .string(a), "b": .string(b),
    ]
    if let identifiers {
      object["prompt_ids"] = Self.list(identifiers.prompt)
      object["a_ids"] = Self.list(identifiers.a)
      object["b_ids"] = Self.list(identifiers.b)
    }
    return .object(object)
  }

  /// What a customer gets: the prompt and one twin.
  func served(isB: Bool) -> JSON {
    var object: JSONObject = [
      "index": JSON(index), "prompt": .string(prompt), "completion": .string(isB ? b : a),
    ]
    if let identifiers {
      object["prompt_ids"] = Self.list(identifiers.prompt)
      object["completion_ids"] = Self.list(isB ? identifiers.b : identifiers.a)
    }
    return .object(object)
  }

  private static func list(_ ids: [Int32]) -> JSON { .array(ids.map { JSON(Int($0)) }) }
}
