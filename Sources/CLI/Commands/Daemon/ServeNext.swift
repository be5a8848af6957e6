// `assay serve next`: when a schedule would fire: what the daemon will do, before it does it.

import Base
import Daemon

let serveNextCommand = Command(
  path: ["serve", "next"],
  summary: "Show when a cron expression fires in a time zone",
  discussion: """
    Lists the next instants, in UTC, at which a schedule with this expression and zone fires.
    Fixed times that a clock change skips fire once, just after it; repeated ones fire once.
    An expression or zone that cannot be used is a usage error (exit 2).
    """,
  options: [
    .value(
      "--cron", "EXPR", "minute hour day month weekday, or @daily and the like", required: true),
    .value("--tz", "ZONE", "a name of the zone database, such as Europe/Berlin", required: true),
    .value("--after", "TIME", "RFC 3339 instant to start after (default: now)"),
    .value("--count", "N", "how many instants (default: 5)"),
    .json,
  ],
  examples: [
    Example(
      "assay serve next --cron '30 2 * * *' --tz Europe/Berlin --count 3",
      "the next three nights, whatever the clocks do")
  ]
) { invocation in
  let recurrence = try Recurrence(
    cron: invocation.value("--cron") ?? "", timeZone: invocation.value("--tz") ?? "")
  var after = WallClock.system.now()
  if let text = invocation.value("--after") {
    guard let instant = Instant(rfc3339: text) else {
      throw Problem(
        .usage, "bad_value", reason: "--after \(text): expected an RFC 3339 time",
        remedy: "write it like 2026-03-29T00:00:00Z")
    }
    after = instant
  }
  let count = try invocation.integer("--count", in: 1...1000) ?? 5
  let instants = recurrence.next(after: after, count: count).map(\.rfc3339)
  if invocation.flag("--json") {
    invocation.output.json(["next": JSON(instants)])
  } else {
    for instant in instants { invocation.output.line(instant) }
  }
  return .yes
}
