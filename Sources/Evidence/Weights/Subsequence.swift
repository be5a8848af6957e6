// Order instead of position: for blocks of different width.
//
// A model whose units were cut down keeps the order of what is left. Take r mutual best matches,
// sorted by the reference's index; under independence with an exchangeable reference the suspect's
// indices come in uniform order, and a run of k in increasing order has
//     P(LIS >= k) <= C(r, k) / k!
// since each of the C(r, k) subsets is increasing with probability 1/k!. The p-value becomes an
// e-value by the calibrator 1/(2 sqrt p), so that layers multiply as in `Coincidence.swift`.

import Glibc

public enum Subsequence {
  /// Length of the longest strictly increasing subsequence (patience sorting).
  public static func longestIncreasing(_ values: [Int32]) -> Int {
    var tails: [Int32] = []
    for value in values {
      var low = 0
      var high = tails.count
      while low < high {
        let middle = (low + high) / 2
        if tails[middle] < value { low = middle + 1 } else { high = middle }
      }
      if low == tails.count { tails.append(value) } else { tails[low] = value }
    }
    return tails.count
  }

  /// log10 of the bound on P(LIS >= length) among `count` pairs, at most 0.
  public static func log10Tail(count: Int, length: Int) -> Double {
    guard length > 0, length <= count else { return 0 }
    let r = Double(count)
    let k = Double(length)
    let natural = lgamma(r + 1) - lgamma(k + 1) - lgamma(r - k + 1) - lgamma(k + 1)
    return min(0, natural / log(10))
  }

  /// log10 of the e-value of that bound.
  public static func log10E(count: Int, length: Int) -> Double {
    -0.5 * log10Tail(count: count, length: length) - Glibc.log10(2)
  }
}
