internal import HakobiCore
internal import Synchronization

/// Which of the rows in hakobi.claim this process is answerable for: when the last job of a batch has ended, so has the row.
///
/// Only thrift: a row that is forgotten here, by a restart for one, goes when its time is over.
final class Batches: Sendable {
    private struct State {
        var batchOf: [JobID: Int64] = [:]
        var left: [Int64: Int] = [:]
        var over: [Int64] = []

        mutating func leave(_ job: JobID) {
            guard let batch = batchOf.removeValue(forKey: job), let count = left[batch] else { return }
            left[batch] = count > 1 ? count - 1 : nil
            if count == 1 { over.append(batch) }
        }
    }

    private let state = Mutex(State())

    /// Jobs were claimed or renewed together; each leaves the batch that it was in.
    func add(_ batch: Int64, _ jobs: some Collection<JobID>) {
        state.withLock { state in
            for job in jobs {
                state.leave(job)
                state.batchOf[job] = batch
            }
            state.left[batch] = jobs.count
        }
    }

    /// Their leases are over, one way or another.
    func end(_ jobs: some Sequence<JobID>) {
        state.withLock { state in for job in jobs { state.leave(job) } }
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
