internal import Dispatch
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
    private static let interval = Duration.milliseconds(5)

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

    /// Whether the others are to be told now. If they have just been, they are told a little later by `late`.
    func shouldTell(late: @escaping @Sendable () -> Void) -> Bool {
        let now = ContinuousClock.now
        let verdict: (tell: Bool, arm: Bool) = state.withLock { state in
            if let told = state.told, now < told + Self.interval {
                defer { state.owes = true }
                return (false, !state.owes && !state.isClosed)
            }
            state.told = now
            return (true, false)
        }
        if verdict.arm {
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(5)) { [weak self] in
                guard self?.takeDebt() == true else { return }
                late()
            }
        }
        return verdict.tell
    }

    private func takeDebt() -> Bool {
        state.withLock { state in
            guard state.owes, !state.isClosed else { return false }
            state.owes = false
            state.told = .now
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
