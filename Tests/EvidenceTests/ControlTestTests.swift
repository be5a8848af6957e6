import Base
import Testing

@testable import Evidence

@Suite("A suspect among controls")
struct ControlTestTests {
  @Test(
    "Student's t has the tabulated tails",
    arguments: [
      (1, 1.0, 0.25), (1, 12.706, 0.025), (2, 4.303, 0.025), (5, 2.015, 0.05), (10, 2.228, 0.025),
      (11, 4.437, 0.0005), (30, 1.697, 0.05), (10, 0, 0.5), (10, -2.228, 0.975),
    ])
  func studentT(degrees: Int, t: Double, tail: Double) {
    #expect(abs(StudentT.upperTail(t, degrees: degrees) - tail) < 2e-5 + tail * 1e-3)
  }

  @Test("Holm's adjustment steps down and never decreases")
  func holm() {
    #expect(Holm.adjusted([0.01, 0.04, 0.03, 0.005]) == [0.03, 0.06, 0.06, 0.02])
    #expect(Holm.adjusted([0.9, 0.8]) == [1, 1])
    #expect(Holm.adjusted([]) == [])
  }

  @Test("the conformal p counts ties against the suspect and has a floor")
  func conformal() {
    let test = ControlTest(value: 2, controls: [2, 1, 0, -1])
    #expect(test.conformalP == 2.0 / 5)
    #expect(!test.isAtFloor)
    let above = ControlTest(value: 2.1, controls: [2, 1, 0, -1])
    #expect(above.conformalP == above.floor)
    #expect(above.isAtFloor)
  }

  @Test("controls that do not vary give no statistic")
  func flat() {
    let test = ControlTest(value: 1, controls: [0, 0, 0])
    #expect(test.z == nil)
    #expect(test.parametricP == 1)
  }

  @Test("the inverse of a matrix is its inverse")
  func inverse() throws {
    var random = CounterRandom(seed: 5)
    let size = 9
    var matrix = SquareMatrix(size: size)
    for row in 0..<size {
      for column in 0...row {
        let value = row == column ? 4 + random.uniform() : random.uniform() - 0.5
        matrix[row, column] = value
        matrix[column, row] = value
      }
    }
    let inverse = try #require(matrix.inverseOfPositiveDefinite())
    for row in 0..<size {
      for column in 0..<size {
        let product = (0..<size).reduce(0.0) { $0 + matrix[row, $1] * inverse[$1, column] }
        #expect(abs(product - (row == column ? 1 : 0)) < 1e-12)
      }
    }
    matrix[3, 3] = -1
    #expect(matrix.inverseOfPositiveDefinite() == nil)
  }

  @Test("outcomes are the first two bytes of tokens, and marks without bytes are left out")
  func buckets() {
    let map = BucketMap(tokens: [nil, Array("the".utf8), Array("thx".utf8), Array("t".utf8), []])
    #expect(map.buckets.count == 2)
    let quarter = Float(-1.3862944)
    let row = map.outcomes([quarter, quarter, quarter, quarter, -20].span)
    let sums = Dictionary(uniqueKeysWithValues: zip(map.buckets, row))
    let one = sums[ByteBucket(token: [0x74])!]!
    let two = sums[ByteBucket(token: [0x74, 0x68])!]!
    #expect(abs(one + 1.0986) < 1e-3)
    #expect(abs(two + 0.4055) < 1e-3)
  }
}
