// The page of a list that was made last, for clients that ask for the same one over and over.
//
// A page stands for as long as this process has committed nothing, so that what was acknowledged
// is on the next page; and for a millisecond at most, since other programs write to the state and
// its files too. Nobody decides by a list: gates and single models are always looked up.

import Base
import HTTP
import Synchronization

/// One answer with what it depends on.
final class RecentPage: Sendable {
  private struct Kept: Sendable {
    let query: [UInt8]
    let commitCount: Int
    /// By the clock that only grows.
    let madeAtSeconds: Double
    let response: Response
  }

  private let kept = Mutex<Kept?>(nil)
  static let lifeSeconds = 0.001

  /// The answer to `query`: the last one if it still stands, else a new one.
  /// - Parameters:
  ///   - commitCount: how often the state was written to so far.
  ///   - nowSeconds: a clock that only grows.
  func answer(
    to query: [UInt8], commitCount: () -> Int, nowSeconds: () -> Double,
    make: () throws(APIError) -> Response
  ) throws(APIError) -> Response {
    let now = nowSeconds()
    // Counted before the state is read: a commit in between makes the page an old one.
    let count = commitCount()
    let standing = kept.withLock { kept -> Response? in
      guard let kept, kept.commitCount == count, kept.query == query,
        now - kept.madeAtSeconds < Self.lifeSeconds
      else { return nil }
      return kept.response
    }
    if let standing { return standing }
    let response = try make()
    kept.withLock {
      $0 = Kept(query: query, commitCount: count, madeAtSeconds: now, response: response)
    }
    return response
  }
}
