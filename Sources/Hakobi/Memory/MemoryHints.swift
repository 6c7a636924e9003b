internal import Synchronization

/// Everyone who waits for a wake hint.
final class MemoryHints: Sendable {
    private struct Listeners {
        var last = 0
        var continuations: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private let listeners = Mutex(Listeners())

    func stream() -> AsyncStream<Void> {
        // One hint in the buffer says all that many could.
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = listeners.withLock { listeners in
            listeners.last += 1
            listeners.continuations[listeners.last] = continuation
            return listeners.last
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.listeners.withLock { $0.continuations.removeValue(forKey: number) }
        }
        return stream
    }

    func send() {
        for continuation in listeners.withLock({ Array($0.continuations.values) }) { continuation.yield() }
    }
}
