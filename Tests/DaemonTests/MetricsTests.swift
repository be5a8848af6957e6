import Base
import Testing

@testable import Daemon
@testable import HTTP

@Suite("What is counted of requests")
struct MetricsTests {
  private func served(_ route: String, _ seconds: Double, status: Int = 200) -> Served {
    Served(method: .get, route: route, status: status, seconds: seconds, requestID: "r")
  }

  private let gauges = Metrics.Gauges(
    jobs: [:], ledgerSize: 0, isDegraded: false, unchecked: 0, walBytes: 0)

  @Test("each bucket of a duration holds all that took no longer than its bound")
  func buckets() {
    let metrics = Metrics(clock: .fixed(Instant(seconds: 0)))
    for seconds in [0.0005, 0.001, 0.002, 0.3, 11] { metrics.note(served("/a", seconds)) }
    metrics.note(served("/b", 0.004, status: 404))
    let text = metrics.text(gauges)
    let buckets = text.split(separator: "\n").filter { $0.contains("_bucket{route=\"/a\"") }
    #expect(
      buckets.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
        == [2, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 5])
    #expect(text.contains("_count{route=\"/a\"} 5\n"))
    #expect(text.contains("_bucket{route=\"/b\",le=\"0.0025\"} 0\n"))
    #expect(text.contains("_bucket{route=\"/b\",le=\"0.005\"} 1\n"))
    #expect(
      text.contains(
        "assay_http_requests_total{method=\"GET\",route=\"/b\",status=\"404\"} 1\n"))
  }
}
