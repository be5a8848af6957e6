// The threads that run jobs. Each takes the oldest waiting job, runs it, and records result, ledger
// entries and decision in one transaction. Until that commit the job counts as running: a daemon
// that dies before it leaves a job that runs again, one that dies after it leaves a job that is
// done. Entries of a job are therefore in the ledger once, or not at all.
//
// A full disk does not lose a result: the record is tried again until there is space.

import Audit
import Base
import Glibc
import Store
import Synchronization

final class JobWorkers: Sendable {
  private let queue: Queue
  private let runner: any JobRunner
  private let roots: ModelRoots
  private let log: Log
  private let threads: Mutex<[BackgroundThread]>
  private let stopping = Atomic<Bool>(false)
  private let abandoning = Atomic<Bool>(false)
  private let running = Atomic<Int>(0)

  private static let retryMicroseconds: UInt32 = 500_000

  init(queue: Queue, runner: any JobRunner, roots: ModelRoots, log: Log) {
    self.queue = queue
    self.runner = runner
    self.roots = roots
    self.log = log
    threads = Mutex([])
  }

  func start(count: Int) throws(Problem) {
    for index in 0..<count {
      let thread = try BackgroundThread.start("job-\(index)") { [self] in work() }
      threads.withLock { $0.append(thread) }
    }
  }

  /// How many jobs run now.
  var runningCount: Int { running.load(ordering: .relaxed) }

  /// Takes no further jobs. Those that run go on.
  func stop() {
    stopping.store(true, ordering: .relaxed)
    queue.wakeups.close()
  }

  /// Asks the running jobs to stop; they are put back into the queue.
  func abandon() {
    abandoning.store(true, ordering: .relaxed)
  }

  func join() {
    for thread in threads.withLock({ $0 }) { thread.join() }
  }

  // MARK: On a worker's thread

  private func work() {
    while !stopping.load(ordering: .relaxed) {
      guard let job = claim() else {
        // The timeout finds jobs that another process or an earlier run has added.
        _ = queue.wakeups.takeAll(waitingMs: 1000)
        continue
      }
      running.add(1, ordering: .relaxed)
      run(job)
      running.subtract(1, ordering: .relaxed)
    }
  }

  private func claim() -> JobRecord? {
    let now = queue.clock.now()
    let worker = queue.worker
    // Without a look first, an idle queue would cost a transaction each second.
    let hasWork = try? queue.reader.readOne { (database) throws(Problem) in
      try database.first("SELECT 1 FROM jobs WHERE state = 'queued' LIMIT 1") { $0.int(0) }
    }
    guard hasWork ?? nil != nil else { return nil }
    let job = try? queue.writer.write { (state) throws(Problem) in
      try JobTable.claim(worker: worker, at: now, in: state.database)
    }
    if let job = job ?? nil { queue.changed(job.id) }
    return job ?? nil
  }

  private func run(_ job: JobRecord) {
    let started = WallClock.monotonicSeconds()
    let meter = ProgressMeter()
    let progress: @Sendable (RunProgress) -> Void = { [self] now in
      guard meter.isDue() else { return }
      _ = try? queue.writer.write { (state) throws(Problem) in
        try JobTable.note(
          done: now.done, total: now.total, unit: now.unit, job: job.number, in: state.database)
      }
      queue.changed(job.id)
    }
    let ended: @Sendable () -> Bool = { [self] in
      queue.isCancelled(job.id) || abandoning.load(ordering: .relaxed)
    }
    let result: Result<JobOutcome, Problem>
    do throws(Problem) {
      let request = try job.parsedRequest()
      try roots.checkStart(request.paths)
      let outcome = try runner.run(request, Run(isCancelled: ended, progress: progress))
      if case .check(let check) = outcome { try roots.checkEnd(check) }
      result = .success(outcome)
    } catch {
      result = .failure(error)
    }
    if case .failure(let problem) = result { queue.writer.notice(problem) }
    conclude(job, result)
    if case .failure(let problem) = result, problem.code == "disk_full" {
      log.warn("job_waits_for_space", problem)
      usleep(Self.retryMicroseconds)
    }
    queue.forget(job.id)
    queue.changed(job.id)
    log.note(
      "job_ended",
      [
        "job": .string(job.id), "kind": .string(job.kind), "path": job.request["path"] ?? .null,
        "seconds": JSON((WallClock.monotonicSeconds() - started).rounded(toPlaces: 3)),
      ])
  }

  /// Records how a job ended, for as long as that takes.
  private func conclude(_ job: JobRecord, _ result: Result<JobOutcome, Problem>) {
    let now = queue.clock.now()
    let worker = queue.worker
    let isCancelled = queue.isCancelled(job.id)
    let isAbandoned = abandoning.load(ordering: .relaxed)
    while true {
      do throws(Problem) {
        try queue.writer.write { (state) throws(Problem) in
          switch result {
          case .success(let outcome):
            try JobRecorder.record(job, outcome, worker: worker, at: now, in: state)
          case .failure(let problem) where problem.kind == .interrupted && isCancelled:
            _ = try JobTable.finish(
              job, worker: worker, state: .cancelled, result: nil, error: nil, at: now,
              in: state.database)
          case .failure(let problem)
          where problem.code == "disk_full" || problem.kind == .interrupted && isAbandoned:
            // A full disk is no answer about a model: the job waits for space.
            try JobTable.giveBack(job, worker: worker, in: state.database)
          case .failure(let problem):
            try JobRecorder.fail(job, problem, worker: worker, at: now, in: state)
          }
        }
        return
      } catch {
        log.warn("result_not_recorded", error)
        // A daemon that must end leaves the job to the next one.
        let isOver = ["state_closed", "job_lost", "storage_failed"].contains(error.code)
        if isOver || stopping.load(ordering: .relaxed) { return }
        usleep(Self.retryMicroseconds)
      }
    }
  }
}

/// Lets one report of progress through each second.
private final class ProgressMeter: Sendable {
  private let last = Mutex(0.0)

  func isDue() -> Bool {
    let now = WallClock.monotonicSeconds()
    return last.withLock { last in
      guard now - last >= 1 else { return false }
      last = now
      return true
    }
  }
}

extension Double {
  fileprivate func rounded(toPlaces places: Int) -> Double {
    let scale = (0..<places).reduce(1.0) { result, _ in result * 10 }
    return (self * scale).rounded() / scale
  }
}
