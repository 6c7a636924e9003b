internal import Dispatch
internal import Glibc
internal import HakobiCore
internal import HakobiDatabase
internal import Synchronization

/// The order of operations within one round. Slots that a settlement frees, and jobs that an insert brings, can be
/// claimed in the same transaction.
enum Rank: Int, Comparable, Sendable {
    case settle, change, claim

    static func < (left: Rank, right: Rank) -> Bool { left.rawValue < right.rawValue }
}

/// One operation on its way to a thread.
struct Ticket: Sendable {
    let number: Int
    let rank: Rank
    let operation: String
    /// It works on the tables, so they must be of this program's version.
    let needsSchema: Bool
    /// Does it, and answers how to tell the caller once that is durable.
    let work: @Sendable (Session) throws(StoreError) -> @Sendable () -> Void
    /// Tells the caller that it was not done.
    let fail: @Sendable (StoreError) -> Void
}

/// Where operations gather while a thread is busy; whatever is there goes into its next round together.
final class Inbox: Sendable {
    private struct State {
        var tickets: [Ticket] = []
        var isIdle = false
        var isClosed = false
        /// A commit on a disk that is quick.
        var patience = Patience(.microseconds(250))
    }

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)
    /// The numbers of the ticket that was made last and of the one that was answered last; hints for `stay`.
    private let made = Atomic(0)
    private let answered = Atomic(0)

    /// Hands `work` in and waits for its answer. Cancelling takes it back as long as it has not been taken.
    ///
    /// With `mayStay`, a caller that is alone may keep its thread for the length of a quick commit, see `Patience`.
    func submit<Value: Sendable>(
        _ operation: String, _ rank: Rank = .change, needsSchema: Bool = true, mayStay: Bool = false,
        _ work: @escaping @Sendable (Session) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let number = made.wrappingAdd(1, ordering: .relaxed).newValue
        let answer: Result<Value, StoreError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let threadIsUp = add(
                    Ticket(
                        number: number, rank: rank, operation: operation, needsSchema: needsSchema,
                        work: { session throws(StoreError) in
                            let value = try work(session)
                            return {
                                continuation.resume(returning: .success(value))
                                self.answered.store(number, ordering: .releasing)
                            }
                        },
                        fail: { continuation.resume(returning: .failure($0)) }))
                // A cancellation that came before the ticket was there has found nothing to take back.
                if Task.isCancelled { withdraw(number) }
                if mayStay, threadIsUp { stay(for: number) }
            }
        } onCancel: {
            withdraw(number)
        }
        return try answer.get()
    }

    /// Waits until there is something to do; `false` when the inbox is closed and empty.
    func wait() -> Bool {
        while true {
            let isReady: Bool? = state.withLock { state in
                guard state.tickets.isEmpty else { return true }
                guard !state.isClosed else { return false }
                state.isIdle = true
                return nil
            }
            if let isReady { return isReady }
            bell.wait()
        }
    }

    /// Gives whoever was just answered a moment to come back: a caller that enqueues one job after another does so within
    /// some 20 µs, and waking a sleeping thread would cost it more than that. Yields meanwhile, so nobody is kept out.
    func linger() {
        let end = ContinuousClock.now.advanced(by: .microseconds(60))
        while !hasWork, ContinuousClock.now < end { sched_yield() }
    }

    /// Whether `wait` would return at once.
    var hasWork: Bool { state.withLock { !$0.tickets.isEmpty } }

    /// Whether all that has gathered are claims.
    var hasOnlyClaims: Bool { state.withLock { $0.tickets.allSatisfy { $0.rank == .claim } } }

    /// Everything that has gathered, or only the claims, in the order of a round.
    func takeAll(onlyClaims: Bool = false) -> [Ticket] {
        let tickets = state.withLock { state in
            let tickets = onlyClaims ? state.tickets.filter { $0.rank == .claim } : state.tickets
            if onlyClaims { state.tickets.removeAll { $0.rank == .claim } } else { state.tickets = [] }
            return tickets
        }
        guard tickets.count > 1 else { return tickets }
        return [.settle, .change, .claim].flatMap { rank in tickets.filter { $0.rank == rank } }
    }

    /// No more operations; what has gathered is still done.
    func close() {
        let wasIdle = state.withLock { state in
            state.isClosed = true
            defer { state.isIdle = false }
            return state.isIdle
        }
        if wasIdle { bell.signal() }
    }

    /// Looks out for the answer for a bounded time: when it comes before this returns, the task goes on at once, where
    /// waking a sleeping thread for it would cost half as much as the commit. Ends as soon as anybody else comes.
    private func stay(for number: Int) {
        let isAlone = answered.load(ordering: .relaxed) == number - 1
        let limit = state.withLock { $0.patience.mayStay(isAlone: isAlone) ? $0.patience.limit : nil }
        guard let limit else { return }
        let end = ContinuousClock.now.advanced(by: limit)
        while answered.load(ordering: .acquiring) != number, made.load(ordering: .relaxed) == number {
            guard ContinuousClock.now < end else { return state.withLock { $0.patience.runOut() } }
            sched_yield()
        }
    }

    /// Answers whether the thread was up already.
    private func add(_ ticket: Ticket) -> Bool {
        let (isClosed, wasIdle) = state.withLock { state in
            if !state.isClosed { state.tickets.append(ticket) }
            defer { state.isIdle = false }
            return (state.isClosed, state.isIdle)
        }
        if isClosed { ticket.fail(.closed(ticket.operation)) }
        if wasIdle { bell.signal() }
        return !isClosed && !wasIdle
    }

    private func withdraw(_ number: Int) {
        let ticket: Ticket? = state.withLock { state in
            guard let place = state.tickets.firstIndex(where: { $0.number == number }) else { return nil }
            return state.tickets.remove(at: place)
        }
        guard let ticket else { return }
        ticket.fail(
            StoreError(
                .cancelled, operation: ticket.operation,
                "\(ticket.operation): the calling task was cancelled before it was begun", isTransient: false))
    }
}

extension StoreError {
    /// An operation on a store that has been closed.
    static func closed(_ operation: String) -> StoreError {
        StoreError(.unreachable, operation: operation, "\(operation): this store has been closed", isTransient: false)
    }
}
