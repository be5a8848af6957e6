// Base lies under every other module. It holds what all of them share and what none of them may
// do for itself: touch files, the clock and randomness.
//
//   Problem, Finding, ExitCode   how a run ends, in the one form that programs and people read
//   JSON, CanonicalJSON          strict reading, canonical writing (RFC 8259, RFC 8785)
//   ObjectReader                 an object member by member, with the place of every fault
//   ByteName, Digest, Hex, Base64, Cursor   bytes from outside, compared as bytes
//   MappedFile, FileSystem, DurableFile     the only ways to the disk
//   Instant, CalendarDay, WallClock         time, injected
//   CounterRandom, SystemRandom             randomness, seeded or from the system
//   Run, Parallel                            threads, stopping and telling of one run
//   Relation, EdgeGrade, LineageEdge        the words of lineage that several modules speak
//
// Base imports nothing but the standard library, FoundationEssentials and Glibc.

/// The version of the program, as `--version` and every statement name it.
public let assayVersion = "0.1.0"
