public import HakobiCore
internal import Synchronization

/// A clock that stands still until a test moves it: for engines as a `Clock`, for stores as a `StoreClock`.
///
/// Moving it wakes whoever sleeps until a moment that has come, earliest first. A sleeper that is cancelled wakes at once.
public final class ManualClock: Clock {
    /// Time since the clock was made.
    public struct Instant: InstantProtocol {
        /// Time since the clock was made.
        public var offset: Duration
        /// The instant `duration` later.
        public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        /// The time from here to `other`.
        public func duration(to other: Instant) -> Duration { other.offset - offset }
        /// Earlier instants sort first.
        public static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let state: Mutex<ManualTime>

    /// A clock that shows `start` on its wall: 2027-01-01 UTC unless told otherwise.
    public init(start: Timestamp = Timestamp(microseconds: 1_798_761_600_000_000)) {
        state = Mutex(ManualTime(wall: start))
    }

    /// Time since the clock was made; the wall's steps do not move it.
    public var now: Instant { Instant(offset: state.withLock { $0.steady }) }

    /// A nanosecond: nothing is rounded.
    public var minimumResolution: Duration { .nanoseconds(1) }

    /// The moment on the wall.
    public var wall: Timestamp { state.withLock { $0.wall } }

    /// Both readings, as a store wants them.
    public var storeClock: StoreClock {
        StoreClock(wall: { self.wall }, steady: { self.now.offset })
    }

    /// Lets time pass: both readings move, and sleepers whose moment has come wake. Negative durations are ignored.
    public func advance(by duration: Duration) {
        let due = state.withLock { $0.advance(by: max(.zero, duration)) }
        for sleeper in due { sleeper.resume() }
    }

    /// Sets the date forward or back, as an administrator would; no time passes and nobody wakes.
    public func stepWall(by duration: Duration) {
        state.withLock { $0.wall = $0.wall + duration }
    }

    /// Suspends until the clock has been moved to `deadline`; throws `CancellationError` when cancelled.
    public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let number = state.withLock { $0.newNumber() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let action = state.withLock { $0.add(number, until: deadline.offset, continuation) }
                action()
            }
        } onCancel: {
            state.withLock { $0.cancel(number) }?.resume(throwing: CancellationError())
        }
    }

    /// Returns once at least `count` sleepers wait: what a test awaits before it moves the clock. Bounded by the test's
    /// own time limit; returns early when cancelled.
    public func waitForSleepers(_ count: Int = 1) async {
        while !Task.isCancelled, state.withLock({ $0.sleepers.count < count }) { await Task.yield() }
    }
}

/// The state of a manual clock: who sleeps until when.
private struct ManualTime {
    typealias Continuation = CheckedContinuation<Void, any Error>

    struct Sleeper {
        let deadline: Duration
        let continuation: Continuation
    }

    var wall: Timestamp
    var steady = Duration.zero
    var sleepers: [Int: Sleeper] = [:]
    private var cancelled: Set<Int> = []
    private var lastNumber = 0

    init(wall: Timestamp) { self.wall = wall }

    mutating func newNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }

    /// Registers a sleeper, and answers what to do with it outside the lock: nothing, or wake it at once.
    mutating func add(_ number: Int, until deadline: Duration, _ continuation: Continuation) -> @Sendable () -> Void {
        if cancelled.remove(number) != nil { return { continuation.resume(throwing: CancellationError()) } }
        if deadline <= steady { return { continuation.resume() } }
        sleepers[number] = Sleeper(deadline: deadline, continuation: continuation)
        return {}
    }

    /// Takes a cancelled sleeper out; one that has not registered yet is remembered, so that it never goes to sleep.
    mutating func cancel(_ number: Int) -> Continuation? {
        if let sleeper = sleepers.removeValue(forKey: number) { return sleeper.continuation }
        cancelled.insert(number)
        return nil
    }

    mutating func advance(by duration: Duration) -> [Continuation] {
        steady += duration
        wall = wall + duration
        let due = sleepers.filter { $0.value.deadline <= steady }
        for number in due.keys { sleepers[number] = nil }
        return due.sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }.map(\.value.continuation)
    }
}
