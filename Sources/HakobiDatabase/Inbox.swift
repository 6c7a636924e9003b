internal import Dispatch
internal import Glibc
package import HakobiCore
internal import Synchronization

/// Where operations gather while a round trip is under way; whatever is there goes into the next one together.
package final class Inbox<Work: Sendable>: Sendable {
    private struct State {
        var tickets: [Ticket<Work>] = []
        var last = 0
        /// What has been taken and not been answered yet, as far as numbers go; cancelling one of them hurries the round.
        var taken: ClosedRange<Int>?
        var hurry: ContinuousClock.Instant?
        var isIdle = false
        var isClosed = false
        /// A round trip with a commit to a server that is near and has a quick disk.
        var patience = Patience(.microseconds(600))
    }

    private let state = Mutex(State())
    /// The numbers of the ticket that came last and of the one that was answered last; hints for `stay`.
    private let made = Atomic(0)
    private let answered = Atomic(0)
    package let bell: Bell
    /// Of the connection on which rounds are done; cut when one takes too long for those who have gone away.
    package let lifeline = Lifeline()

    /// How long a round may still take when somebody in it has gone away: more than a round does on a server that answers,
    /// and little beside a shutdown's grace, of which this is the end.
    package static var hurriedRound: Duration { .milliseconds(500) }

    package init() throws(StoreError) { bell = try Bell() }

    /// Hands work in and waits for its answer. Cancelling takes it back as long as it has not been taken; after that its
    /// answer is waited for, half a second at most.
    ///
    /// With `mayStay`, a caller that is alone may keep its thread for the length of a quick commit, see `Patience`.
    package func submit<Value: Sendable>(
        _ operation: String, mayStay: Bool = false, _ make: @Sendable (Reply<Value>) -> Work
    ) async throws(StoreError) -> Value {
        let number = nextNumber()
        let answer: Result<Value, StoreError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let reply = Reply<Value> {
                    continuation.resume(returning: $0)
                    self.answered.store(number, ordering: .releasing)
                }
                let isAlone = add(
                    Ticket(
                        number: number, operation: operation, work: make(reply), waiting: reply, since: .now))
                // A cancellation that came before the ticket was there has found nothing to take back.
                if Task.isCancelled { withdraw(number) }
                if mayStay, isAlone { stay(for: number) }
            }
        } onCancel: {
            withdraw(number)
        }
        return try answer.get()
    }

    /// Hands work in without waiting; `told` is called with the answer, on the thread.
    package func post<Value: Sendable>(
        _ operation: String, _ make: (Reply<Value>) -> Work, told: @escaping Reply<Value>.Teller
    ) {
        let number = nextNumber()
        let reply = Reply<Value> {
            told($0)
            self.answered.store(number, ordering: .releasing)
        }
        _ = add(Ticket(number: number, operation: operation, work: make(reply), waiting: reply, since: .now))
    }

    package var hasWork: Bool { state.withLock { !$0.tickets.isEmpty } }
    package var isClosed: Bool { state.withLock { $0.isClosed } }
    /// By when a round under way must be done; `nil` as long as all its callers are there.
    package var hurry: ContinuousClock.Instant? { state.withLock { $0.hurry } }
    /// When the one that has waited longest was handed in.
    package var oldest: ContinuousClock.Instant? { state.withLock { $0.tickets.first?.since } }

    /// Sleeps until there is work, the socket is ready, or the time has come. Answers whether the socket is ready.
    package func sleep(socket: Int32, until due: ContinuousClock.Instant?) -> Bool {
        let mayWait = state.withLock { state in
            state.isIdle = state.tickets.isEmpty && !state.isClosed
            return state.isIdle
        }
        guard mayWait else { return false }
        return wait(socket, due)
    }

    /// The same while there is work that cannot be done yet.
    package func pause(until due: ContinuousClock.Instant) {
        state.withLock { $0.isIdle = !$0.isClosed }
        guard !isClosed else { return }
        _ = wait(-1, due)
    }

    private func wait(_ socket: Int32, _ due: ContinuousClock.Instant?) -> Bool {
        let ready = Readiness.wait(socket: socket, Int16(POLLIN), bell: bell, until: due)
        state.withLock { $0.isIdle = false }
        if ready.bellRang { bell.silence() }
        return ready.socketIsReady
    }

    /// Gives whoever was just answered a moment to come back: a caller that enqueues one job after another does so within
    /// some 20 µs, and waking a sleeping thread would cost it more than that. Yields meanwhile, so nobody is kept out.
    package func linger() {
        let end = ContinuousClock.now.advanced(by: .microseconds(60))
        while !hasWork, ContinuousClock.now < end { sched_yield() }
    }

    /// Everything that has gathered, in the order in which it came.
    package func takeAll() -> [Ticket<Work>] {
        state.withLock { state in
            let tickets = state.tickets
            state.tickets = []
            if !state.isClosed { state.hurry = nil }
            if let first = tickets.first?.number, let last = tickets.last?.number {
                state.taken = min(first, last)...max(first, last)
            }
            return tickets
        }
    }

    /// The round is over.
    package func finishRound() {
        state.withLock { state in
            state.taken = nil
            if !state.isClosed { state.hurry = nil }
        }
    }

    /// Back to the front, for the next round.
    package func putBack(_ tickets: [Ticket<Work>]) {
        state.withLock { $0.tickets.insert(contentsOf: tickets, at: 0) }
    }

    /// Those that have waited since before `moment`.
    package func takeOld(before moment: ContinuousClock.Instant) -> [Ticket<Work>] {
        state.withLock { state in
            let old = state.tickets.filter { $0.since < moment }
            state.tickets.removeAll { $0.since < moment }
            return old
        }
    }

    /// No more operations; what has gathered is still done, if that goes quickly.
    package func close() {
        let due = state.withLock { state in
            state.isClosed = true
            let due = state.hurry ?? .now + Self.hurriedRound
            state.hurry = due
            return due
        }
        cut(at: due)
        bell.ring()
    }

    /// Ends the connection if the same hurry still lasts by then.
    private func cut(at due: ContinuousClock.Instant) {
        let milliseconds = Int(ContinuousClock.now.duration(to: due).wholeMicroseconds / 1000) + 1
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(max(0, milliseconds))) { [weak self] in
            guard let self, state.withLock({ $0.hurry == due }) else { return }
            lifeline.cut()
        }
    }

    private func nextNumber() -> Int {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        made.store(number, ordering: .relaxed)
        return number
    }

    /// Answers whether the thread is up and has nothing else to do.
    private func add(_ ticket: Ticket<Work>) -> Bool {
        let (isClosed, wasIdle, isAlone) = state.withLock { state in
            if !state.isClosed { state.tickets.append(ticket) }
            defer { state.isIdle = false }
            return (state.isClosed, state.isIdle, state.tickets.count == 1)
        }
        if isClosed { ticket.waiting.fail(.closed(ticket.operation)) }
        if wasIdle { bell.ring() }
        // The round of the one before may not be quite over, but its answer is there.
        return isAlone && !isClosed && !wasIdle && answered.load(ordering: .relaxed) == ticket.number - 1
    }

    /// Looks out for the answer for a bounded time: when it comes before this returns, the task goes on at once, without a
    /// sleeping thread having to be woken for it. Ends as soon as anybody else comes.
    private func stay(for number: Int) {
        let limit = state.withLock { $0.patience.mayStay(isAlone: true) ? $0.patience.limit : nil }
        guard let limit else { return }
        let end = ContinuousClock.now.advanced(by: limit)
        while answered.load(ordering: .acquiring) != number, made.load(ordering: .relaxed) == number {
            guard ContinuousClock.now < end else { return state.withLock { $0.patience.runOut() } }
            sched_yield()
        }
    }

    private func withdraw(_ number: Int) {
        let (ticket, due) = state.withLock { state -> (Ticket<Work>?, ContinuousClock.Instant?) in
            if let place = state.tickets.firstIndex(where: { $0.number == number }) {
                return (state.tickets.remove(at: place), nil)
            }
            guard state.taken?.contains(number) == true, state.hurry == nil else { return (nil, nil) }
            let due = ContinuousClock.now + Self.hurriedRound
            state.hurry = due
            return (nil, due)
        }
        if let due {
            cut(at: due)
            bell.ring()
        }
        guard let ticket else { return }
        ticket.waiting.fail(
            StoreError(
                .cancelled, operation: ticket.operation,
                "\(ticket.operation): the calling task was cancelled before it was begun", isTransient: false))
    }
}

extension StoreError {
    /// An operation on a store that has been closed.
    package static func closed(_ operation: String) -> StoreError {
        StoreError(.unreachable, operation: operation, "\(operation): this store has been closed", isTransient: false)
    }
}
