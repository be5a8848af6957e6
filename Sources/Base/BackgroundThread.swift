// Threads of our own, and the bounded queue between them.
//
// Swift's cooperative pool and Dispatch's global queues are as wide as the machine has cores: work
// that waits on disks, locks or peers would starve them. Long-lived servers use these instead.

import Glibc

/// A thread that runs one function. It ends when the function returns.
public struct BackgroundThread: @unchecked Sendable {
  // `pthread_t` is a plain number here; joining is the only use.
  private let handle: pthread_t

  /// Starts a thread. The stack is lazily committed address space, not memory.
  public static func start(
    _ name: String, stackBytes: Int = 8 << 20, _ body: @escaping @Sendable () -> Void
  ) throws(Problem) -> BackgroundThread {
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setstacksize(&attributes, stackBytes)
    let box = unsafe Unmanaged.passRetained(Body(run: body))
    var handle = pthread_t()
    let code = unsafe pthread_create(
      &handle, &attributes,
      { raw in
        guard let raw = unsafe raw else { return nil }
        unsafe Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run()
        return nil
      }, unsafe box.toOpaque())
    guard code == 0 else {
      unsafe box.release()
      throw Problem(
        .failure, "thread_failed",
        reason: unsafe "cannot start the thread \(name): \(String(cString: strerror(code)))",
        remedy: "raise the limit on processes, or lower --jobs")
    }
    return BackgroundThread(handle: handle)
  }

  /// Waits until the thread has ended. To be called at most once.
  public func join() {
    pthread_join(handle, nil)
  }

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(run: @escaping @Sendable () -> Void) { self.run = run }
  }
}

/// Mutual exclusion for state that the compiler cannot follow; prefer `Mutex` where it can.
@safe public final class Lock: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  public init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
  }

  deinit {
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  public func withLock<R, E>(_ body: () throws(E) -> R) throws(E) -> R {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return try body()
  }
}

/// A bounded first-in, first-out queue between threads.
@safe public final class Channel<Element: Sendable>: @unchecked Sendable {
  // Every access to the three variables happens while `lock` is held.
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private var elements: [Element] = []
  private var isClosed = false
  private let capacity: Int

  public init(capacity: Int) {
    self.capacity = capacity
    unsafe lock = .allocate(capacity: 1)
    unsafe changed = .allocate(capacity: 1)
    unsafe pthread_mutex_init(lock, nil)
    var attributes = pthread_condattr_t()
    unsafe pthread_condattr_init(&attributes)
    // Waiting must not depend on somebody setting the wall clock.
    unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    unsafe pthread_cond_init(changed, &attributes)
    unsafe pthread_condattr_destroy(&attributes)
  }

  deinit {
    unsafe pthread_cond_destroy(changed)
    unsafe pthread_mutex_destroy(lock)
    unsafe changed.deallocate()
    unsafe lock.deallocate()
  }

  /// Adds an element; false, and nothing added, if the queue is full or closed.
  public func put(_ element: Element) -> Bool {
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    guard !isClosed, elements.count < capacity else { return false }
    elements.append(element)
    unsafe pthread_cond_signal(changed)
    return true
  }

  /// The oldest element, waiting for one; nil once the queue is closed and empty.
  public func take() -> Element? {
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    while elements.isEmpty, !isClosed { unsafe pthread_cond_wait(changed, lock) }
    return elements.isEmpty ? nil : elements.removeFirst()
  }

  /// All elements, waiting at most `milliseconds` for the first; empty if none came.
  public func takeAll(waitingMs milliseconds: Int64) -> [Element] {
    var end = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &end)
    let nanoseconds = Int64(end.tv_nsec) + milliseconds % 1000 * 1_000_000
    end.tv_sec += Int(milliseconds / 1000 + nanoseconds / 1_000_000_000)
    end.tv_nsec = Int(nanoseconds % 1_000_000_000)
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    while elements.isEmpty, !isClosed {
      if unsafe pthread_cond_timedwait(changed, lock, &end) != 0 { break }
    }
    defer { elements = [] }
    return elements
  }

  /// Whether nothing more will be added.
  public var hasEnded: Bool {
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    return isClosed && elements.isEmpty
  }

  /// Refuses further elements and wakes everybody who waits.
  public func close() {
    unsafe pthread_mutex_lock(lock)
    isClosed = true
    unsafe pthread_cond_broadcast(changed)
    unsafe pthread_mutex_unlock(lock)
  }
}
