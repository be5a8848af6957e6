import Base
import Testing

@Suite("Time and randomness")
struct TimeAndRandomTests {
  @Test(
    "an instant reads what it writes",
    arguments: [
      ("1970-01-01T00:00:00Z", 0, 0), ("2026-11-23T12:34:56Z", 1_795_437_296, 0),
      ("1969-12-31T23:59:59Z", -1, 0), ("2000-02-29T00:00:00.5Z", 951_782_400, 500_000_000),
    ] as [(String, Int64, Int32)])
  func instants(text: String, seconds: Int64, nanoseconds: Int32) throws {
    let instant = try #require(Instant(rfc3339: text))
    #expect(instant == Instant(seconds: seconds, nanoseconds: nanoseconds))
    #expect(instant.rfc3339 == text)
  }

  @Test("an offset is taken off")
  func offset() {
    #expect(
      Instant(rfc3339: "2025-03-09T03:00:00-04:00") == Instant(rfc3339: "2025-03-09T07:00:00Z"))
  }

  @Test(
    "what is no instant is refused",
    arguments: [
      "", "2026-02-29T00:00:00Z", "2026-11-23 12:34:56Z", "2026-11-23T24:00:00Z",
      "2026-11-23T12:34:56", "2026-11-23T12:34:56.Z", "2026-11-23T12:34:56+5:00",
    ])
  func refused(text: String) {
    #expect(Instant(rfc3339: text) == nil)
  }

  @Test("every day of 800 years is its own number, and the numbers follow one another")
  func days() {
    var previous = CalendarDay(daysSinceEpoch: -146_097)
    for number in -146_096...146_097 {
      let day = CalendarDay(daysSinceEpoch: number)
      #expect(day.daysSinceEpoch == number)
      #expect(previous < day)
      previous = day
    }
    #expect(CalendarDay("2024-02-29")?.daysSinceEpoch == 19_782)
  }

  @Test("Philox gives the published numbers for a zero counter and key")
  func philox() {
    var random = CounterRandom(seed: 0)
    // Random123's kat_vectors: philox4x32 10, all zero.
    #expect(random.next() == 0xe169_c58d_6627_e8d5)
    #expect(random.next() == 0x9b00_dbd8_bc57_ac4c)
  }

  @Test("a permutation holds each index once and differs between streams")
  func permutation() {
    var first = CounterRandom(seed: 7, stream: 1)
    var second = CounterRandom(seed: 7, stream: 2)
    let a = first.permutation(100)
    let b = second.permutation(100)
    #expect(a.sorted() == Array(0..<100))
    #expect(a != b)
  }
}
