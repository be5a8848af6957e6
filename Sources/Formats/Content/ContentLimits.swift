// How far the look into containers goes. Beyond a limit nothing is guessed: the file is named as
// unread.

import Base

enum ContentLimits {
  /// Archives and compressed streams around one another.
  static let depthMax = 8
  /// Bytes that one file of the model may unpack to, in all.
  static let unpackedBytesMax = 4 << 30
  /// Members that one file of the model may hold, in all.
  static let membersMax = 100_000
  /// How many times its own size a stream may unpack to, once it is beyond `growthFreeBytes`.
  static let growthMax = 1000
  static let growthFreeBytes = 64 << 20
  /// What is unpacked is held in memory for the look; a larger member is not looked at.
  static let heldBytesMax = 64 << 20
  /// A text that must be held in memory for the look: a larger one is named as unread.
  static let textBytesMax = 64 << 20
  /// Findings of one kind that are listed one by one; the rest is counted.
  static func listedMax(_ severity: Severity) -> Int { severity == .error ? 2000 : 200 }
  /// Each thread may hold an unpacked member: no more than this look at the same time.
  static let threadsMax = 2
}

/// Why the look into a container ended early.
enum ContentStop: Error, Equatable {
  case tooDeep, tooLarge, tooMany, grows, member, cancelled, damaged(String)

  /// For people.
  var reason: String {
    switch self {
    case .tooDeep: "more than \(ContentLimits.depthMax) archives are packed into one another"
    case .tooLarge: "it unpacks to more than \(ContentLimits.unpackedBytesMax >> 30) GiB"
    case .tooMany: "it has more than \(ContentLimits.membersMax) members"
    case .grows: "it unpacks to more than \(ContentLimits.growthMax) times its size"
    case .member:
      "what is packed in it has more than \(ContentLimits.heldBytesMax >> 20) MiB"
    case .cancelled: "the look was stopped on request"
    case .damaged(let reason): reason
    }
  }
}

/// What one file of the model has used of the limits.
struct ContentBudget {
  private let fileByteCount: Int
  let run: Run
  private var unpackedBytes = 0
  private var members = 0

  init(fileByteCount: Int, run: Run = Run()) {
    self.fileByteCount = fileByteCount
    self.run = run
  }

  mutating func spend(bytes: Int) throws(ContentStop) {
    unpackedBytes += bytes
    guard !run.isCancelled else { throw .cancelled }
    guard unpackedBytes <= ContentLimits.unpackedBytesMax else { throw .tooLarge }
    guard
      unpackedBytes <= ContentLimits.growthFreeBytes
        || unpackedBytes / ContentLimits.growthMax < max(1, fileByteCount)
    else { throw .grows }
  }

  mutating func spendMember() throws(ContentStop) {
    members += 1
    guard members <= ContentLimits.membersMax else { throw .tooMany }
  }
}
