import Dispatch
import Glibc
import Synchronization

/// Threads for handlers, in place of the cooperative pool's, of which there are as many as cores: handlers that block
/// theirs (a C library's call, `sleep`) would stop every other job of the process, and its worker's own tasks with them.
///
/// As long as all goes on, as many threads run as there are cores. When nothing was taken from the line for a moment
/// although something waits, another is added, up to one for each slot beside those: a blocked thread delays others by
/// some milliseconds, and handlers that only `await` pay for no thread more.
package final class HandlerThreads: TaskExecutor {
    private let line: HandlerLine

    package init(slots: Int) {
        line = HandlerLine(slots: slots, cores: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    deinit { line.close() }

    package func enqueue(_ job: consuming ExecutorJob) {
        line.add(UnownedJob(job), asUnownedTaskExecutor())
    }
}

/// The jobs of the executor, and its threads, each of which lives until it sees that the line is closed.
private final class HandlerLine: Sendable {
    private struct State {
        var jobs: [UnownedJob] = []
        var head = 0
        /// How many were ever taken: who watches sees by it whether anything goes on.
        var taken = 0
        /// The last to fall idle is the first to be woken: its caches are warm, and the others may sleep on.
        var idle: [DispatchSemaphore] = []
        var awake = 0
        /// Those in the middle of a job, and how many of them were found to be stuck there when nothing else went on.
        var running = 0
        var stuck = 0
        var stalls = 0
        var hasWatcher = false
        var isWatched = false
        var isClosed = false

        var isEmpty: Bool { head == jobs.count }

        mutating func pop() -> UnownedJob? {
            guard head < jobs.count else { return nil }
            let job = jobs[head]
            head += 1
            taken += 1
            if head == jobs.count {
                jobs.removeAll(keepingCapacity: true)
                head = 0
            }
            return job
        }
    }

    private let state = Mutex(State())
    private let watchBell = DispatchSemaphore(value: 0)
    private let cores: Int
    private let limit: Int

    init(slots: Int, cores: Int) {
        self.cores = cores
        limit = slots + cores
    }

    func add(_ job: UnownedJob, _ executor: UnownedTaskExecutor) {
        let (mustHelp, mustWatch) = state.withLock { state in
            state.jobs.append(job)
            guard state.awake - state.stuck >= cores else { return (true, false) }
            defer { state.isWatched = true }
            return (false, !state.isWatched)
        }
        if mustHelp { help(executor) }
        if mustWatch { watch(executor) }
    }

    func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            defer { state.idle.removeAll() }
            return state.idle
        }
        for bell in idle + [watchBell] { bell.signal() }
    }

    // MARK: Threads that run jobs

    private func help(_ executor: UnownedTaskExecutor) {
        let (bell, isNew) = state.withLock { state -> (DispatchSemaphore?, Bool) in
            guard state.awake < limit else { return (nil, false) }
            state.awake += 1
            let bell = state.idle.popLast()
            return (bell, bell == nil)
        }
        bell?.signal()
        guard isNew else { return }
        start("hakobi-handler") {
            self.serve(executor)
        } orElse: {
            $0.awake -= 1
        }
    }

    private func serve(_ executor: UnownedTaskExecutor) {
        let bell = DispatchSemaphore(value: 0)
        // How many stalls there had been when this thread took the job that it has now.
        var stalls: Int?
        while true {
            let (job, isClosed) = state.withLock { state in
                if let begun = stalls {
                    state.running -= 1
                    if begun < state.stalls { state.stuck -= 1 }
                }
                let job = state.pop()
                stalls = job == nil ? nil : state.stalls
                if job != nil { state.running += 1 }
                if job == nil, !state.isClosed {
                    state.idle.append(bell)
                    state.awake -= 1
                }
                return (job, state.isClosed)
            }
            if let job { job.runSynchronously(on: executor) } else if isClosed { return } else { bell.wait() }
        }
    }

    /// Without a thread more, the line waits for those there are.
    private func start(
        _ name: String, _ body: @escaping @Sendable () -> Void, orElse undo: (inout sending State) -> Void
    ) {
        do throws(ThreadError) {
            try OwnThread.start(named: name) {
                OwnThread.leaveSignalsToTheProgram()
                body()
            }
        } catch {
            state.withLock { undo(&$0) }
        }
    }

    // MARK: The thread that looks for blocked ones

    private func watch(_ executor: UnownedTaskExecutor) {
        let isNew = state.withLock { state in
            defer { state.hasWatcher = true }
            return !state.hasWatcher
        }
        watchBell.signal()
        guard isNew else { return }
        start("hakobi-watch") {
            self.keepWatch(executor)
        } orElse: {
            $0.hasWatcher = false
            $0.isWatched = false
        }
    }

    /// Sleeps for good while nothing waits.
    private func keepWatch(_ executor: UnownedTaskExecutor) {
        var seen = -1
        while true {
            watchBell.wait()
            while true {
                usleep(5_000)
                let (isOver, isStuck) = state.withLock { state in
                    if state.isClosed { return (true, false) }
                    if state.isEmpty { state.isWatched = false }
                    defer { seen = state.taken }
                    let isStuck = !state.isEmpty && state.taken == seen
                    if isStuck {
                        state.stuck = state.running
                        state.stalls += 1
                    }
                    return (state.isEmpty, isStuck)
                }
                if isStuck, !isOver { help(executor) }
                if isOver { break }
            }
            if state.withLock({ $0.isClosed }) { return }
        }
    }
}
