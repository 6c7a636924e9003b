internal import HakobiCore
internal import Synchronization

/// Which of the rows in hakobi.claim this process is answerable for: when the last job of a batch has ended, so has the row.
///
/// Only thrift: a row that is forgotten here, by a restart for one, goes when its time is over.
final class Batches: Sendable {
    /// One attempt: a job may be claimed again while an older lease of it is still handed in.
    struct Attempt: Hashable {
        let row: Int64
        let number: Int

        init(_ lease: Lease) { self.init(row: lease.row, number: lease.attempt) }

        init(row: Int64, number: Int) {
            self.row = row
            self.number = number
        }
    }

    private struct State {
        var batchOf: [Attempt: Int64] = [:]
        var left: [Int64: Int] = [:]
        var over: [Int64] = []

        mutating func leave(_ job: Attempt) {
            guard let batch = batchOf.removeValue(forKey: job), let count = left[batch] else { return }
            left[batch] = count > 1 ? count - 1 : nil
            if count == 1 { over.append(batch) }
        }
    }

    private let state = Mutex(State())

    /// Jobs were claimed or renewed together; each leaves the batch that it was in.
    func add(_ batch: Int64, _ jobs: some Collection<Attempt>) {
        state.withLock { state in
            for job in jobs {
                state.leave(job)
                state.batchOf[job] = batch
            }
            state.left[batch] = jobs.count
        }
    }

    /// Their leases are over, one way or another.
    func end(_ leases: some Sequence<Lease>) {
        state.withLock { state in for lease in leases { state.leave(Attempt(lease)) } }
    }

    /// Rows that can go.
    func takeOver() -> [Int64] {
        state.withLock { state in
            defer { state.over.removeAll(keepingCapacity: true) }
            return state.over
        }
    }

    /// Those that could not be removed after all.
    func putBack(_ batches: [Int64]) { state.withLock { $0.over += batches } }
}
