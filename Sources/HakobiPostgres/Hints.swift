internal import Dispatch
internal import HakobiCore
internal import Synchronization

/// Everyone in this process who waits for a hint, and when the others were last told.
final class Hints: Sendable {
    private struct State {
        var last = 0
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
        /// When the other processes were last told, and whether they are owed another word.
        var told: ContinuousClock.Instant?
        var owes = false
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Others are told at most this often: a NOTIFY takes a lock of the whole database when it commits, and a hint is as
    /// good as fifty.
    private static let interval = Duration.milliseconds(2)
    /// What is left to whoever asks next before a message goes out for the hint alone.
    private static let courtesy = Duration.milliseconds(1)

    func stream() -> AsyncStream<Void> {
        // One hint in the buffer says all that many could.
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number: Int? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.last += 1
            state.listeners[state.last] = continuation
            return state.last
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.listeners.removeValue(forKey: number) }
        }
        return stream
    }

    /// Tells everyone here.
    func send() {
        for continuation in state.withLock({ Array($0.listeners.values) }) { continuation.yield() }
    }

    /// Whether the others are to be told now. If they have just been, they are told a little later: by whoever asks next
    /// or, if nobody does, by `late`.
    func shouldTell(late: @escaping @Sendable () -> Void) -> Bool {
        let now = ContinuousClock.now
        let verdict: (tell: Bool, owesFor: Duration?) = state.withLock { state in
            guard let told = state.told, now < told + Self.interval else {
                (state.told, state.owes) = (now, false)
                return (true, nil)
            }
            guard !state.owes, !state.isClosed else { return (false, nil) }
            state.owes = true
            return (false, now.duration(to: told + Self.interval) + Self.courtesy)
        }
        if let wait = verdict.owesFor { tell(late, after: wait) }
        return verdict.tell
    }

    private func tell(_ late: @escaping @Sendable () -> Void, after wait: Duration) {
        DispatchQueue.global().asyncAfter(deadline: .now() + .microseconds(Int(wait.wholeMicroseconds))) {
            [weak self] in
            if self?.takeDebt() == true { late() }
        }
    }

    /// Only an old debt: a young one has a timer of its own.
    private func takeDebt() -> Bool {
        state.withLock { state in
            let now = ContinuousClock.now
            guard state.owes, !state.isClosed, state.told.map({ now >= $0 + Self.interval }) ?? true else {
                return false
            }
            (state.told, state.owes) = (now, false)
            return true
        }
    }

    /// No more hints.
    func close() {
        let listeners = state.withLock { state in
            state.isClosed = true
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }
}
