import HakobiCore
import Synchronization

/// Concurrent inserts share a transaction: whatever gathered while the last one was under way goes in the next.
///
/// No timer: an idle client's insert goes at once and alone. One caller's refusal, cancellation or oversized batch never
/// fails another's.
final class GroupCommit: Sendable {
    typealias Answer = Result<[Insertion], StoreError>

    private struct Entry {
        let ticket: Int
        let jobs: [NewJob]
        let continuation: CheckedContinuation<Answer, Never>
    }

    private struct State {
        var nextTicket = 0
        var waiting: [Entry] = []
        var isBusy = false
    }

    /// Jobs in one transaction, at most: bounds how long a caller can be kept waiting by the others' jobs.
    private static let largestGroup = 5000

    /// How long a group may be in others' way before what is left of it shares its fate. A server lets each wait two
    /// seconds for a lock that may be about one caller's key, so that neighbours get through; where a whole file is locked
    /// (SQLite waits for 30 s) nobody would fare better alone, and each would only wait behind all before it.
    private static let patience = Duration.seconds(10)

    private let store: any JobStore
    private let clock: EngineClock
    private let state = Mutex(State())

    init(store: any JobStore, clock: EngineClock) {
        self.store = store
        self.clock = clock
    }

    /// Callers whose jobs wait for the next group.
    var waitingCallers: Int { state.withLock { $0.waiting.count } }

    /// Inserts in the next group. Cancelled while it waits, nothing was written; afterwards, it waits for the answer.
    func insert(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion] {
        guard !Task.isCancelled else { throw Self.cancelled }
        // Nobody is before us: no task and no continuation between the caller and the store.
        guard !begin() else {
            defer { handOver() }
            return try await store.insert(jobs)
        }
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                join(Entry(ticket: ticket, jobs: jobs, continuation: continuation))
            }
        } onCancel: {
            leave(ticket)
        }
        return try answer.get()
    }

    /// Whether the caller goes first; whoever comes meanwhile gathers behind it.
    private func begin() -> Bool {
        state.withLock { state in
            defer { state.isBusy = true }
            return !state.isBusy
        }
    }

    /// Those who gathered are the pump's from here on.
    private func handOver() {
        let hasWaiting = state.withLock { state in
            state.isBusy = !state.waiting.isEmpty
            return state.isBusy
        }
        if hasWaiting { Shield.start { await self.pump() } }
    }

    private func join(_ entry: Entry) {
        guard !Task.isCancelled else { return entry.continuation.resume(returning: .failure(Self.cancelled)) }
        let mustPump = state.withLock { state in
            state.waiting.append(entry)
            defer { state.isBusy = true }
            return !state.isBusy
        }
        if mustPump { Shield.start { await self.pump() } }
    }

    private func leave(_ ticket: Int) {
        let entry = state.withLock { state in
            state.waiting.firstIndex { $0.ticket == ticket }.map { state.waiting.remove(at: $0) }
        }
        entry?.continuation.resume(returning: .failure(Self.cancelled))
    }

    private func pump() async {
        while let group = nextGroup() {
            await commit(group)
            // Whoever was just answered runs first and may be back: without this, the callers fall into two halves that
            // take turns, and each transaction carries one half.
            await Task.yield()
        }
    }

    private func nextGroup() -> [Entry]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isBusy = false
                return nil
            }
            var jobs = 0
            let count = state.waiting.prefix { entry in
                defer { jobs += entry.jobs.count }
                return jobs == 0 || jobs + entry.jobs.count <= Self.largestGroup
            }.count
            defer { state.waiting.removeFirst(count) }
            return Array(state.waiting.prefix(count))
        }
    }

    private func commit(_ group: [Entry]) async {
        let end = clock.now() + Self.patience
        guard let error = await insert(group) else { return }
        var left = group[...]
        // Somebody's jobs do not fit any more, cannot be written, or have a key that somebody else holds; another's can.
        // Each alone, so that nobody pays for a neighbour.
        while group.count > 1, mayBeOneCallers(error, until: end), let entry = left.popFirst() {
            if let own = await insert([entry]) { fail([entry], own) }
        }
        fail(left, error)
    }

    /// Writes, and tells everybody; the answer is why it could not be, of which nobody has been told.
    private func insert(_ group: [Entry]) async -> StoreError? {
        do throws(StoreError) {
            let insertions = try await store.insert(group.flatMap(\.jobs))
            var start = 0
            for entry in group {
                let end = start + entry.jobs.count
                entry.continuation.resume(returning: .success(Array(insertions[start..<end])))
                start = end
            }
            return nil
        } catch {
            return error
        }
    }

    private func fail(_ group: some Sequence<Entry>, _ error: StoreError) {
        for entry in group { entry.continuation.resume(returning: .failure(error)) }
    }

    private func mayBeOneCallers(_ error: StoreError, until end: Duration) -> Bool {
        guard error.effect == .notDone else { return false }
        return error.reason == .full || error.reason == .internal || error.reason == .busy && clock.now() < end
    }

    private static let cancelled = StoreError(
        .cancelled, operation: "insert", "the enqueue was cancelled before anything was written", isTransient: false)
}
