import Synchronization

/// A doorbell for one waiter: rings that come while nobody waits count as one.
package final class Doorbell: Sendable {
    private enum State {
        case quiet
        case rung
        case awaited(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.quiet)

    package init() {}

    package func ring() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard case .awaited(let continuation) = state else {
                state = .rung
                return nil
            }
            state = .quiet
            return continuation
        }
        waiter?.resume()
    }

    /// Returns at the next ring, at once if one came since the last wait, and when the task is cancelled.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isRung = state.withLock { state -> Bool in
                    if case .rung = state {
                        state = .quiet
                        return true
                    }
                    state = .awaited(continuation)
                    return false
                }
                if isRung { continuation.resume() }
            }
        } onCancel: {
            ring()
        }
    }
}

/// The only place with tasks of no parent: work that must finish although its caller was cancelled.
///
/// Swift 6.4 brings a cancellation shield to the language (SE-0504); this goes away then.
package enum Shield {
    /// Runs to the end whatever happens to the caller.
    package static func run<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value {
        await Task { await body() }.value
    }

    /// As above, for work that throws.
    package static func run<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await Task { try await body() }.value
    }

    /// Runs work that must not hold up its caller for ever: once the caller is cancelled, so is the work, and what goes on
    /// in spite of that when `patience` has returned is left behind.
    package static func run(
        untilCancelledAnd patience: @escaping @Sendable () async -> Void, _ body: @escaping @Sendable () async -> Void
    ) async {
        let (isOver, isLeft) = (Doorbell(), Doorbell())
        let task = Task {
            await body()
            isOver.ring()
            isLeft.ring()
        }
        await isOver.wait()
        guard Task.isCancelled else { return }
        task.cancel()
        await run {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await isLeft.wait() }
                group.addTask { await patience() }
                await group.next()
                group.cancelAll()
            }
        }
    }

    /// Starts work that nobody waits for; it must end by itself.
    package static func start(_ body: @escaping @Sendable () async -> Void) {
        Task { await body() }
    }
}
