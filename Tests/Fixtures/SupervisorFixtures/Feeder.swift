internal import Glibc
package import HakobiCore
package import HakobiPrefork
internal import Synchronization

/// An observer that talks with `worker-fixture` and remembers everything.
package final class Feeder: WorkerProcessObserver {
    /// One process, from spawn to exit.
    package struct Seen: Sendable {
        package var process: WorkerProcess
        package var lines: [String] = []
        package var isReady = false
        package var isRetired = false
        package var given = 0
        package var served = 0
        package var cause: CauseOfDeath?
        package var kind: ExitKind?
        var hasEnded = false
        package var isAlive: Bool { kind == nil }
        package var isBusy: Bool { given > served }
    }

    package struct Record: Sendable {
        package var seen: [Int: Seen] = [:]
        package var quiet: [Bool] = []
        package var drains = 0
        package var reports = 0
        package var reloads = 0
        /// Processes whose descriptors have been closed.
        package var closed = 0
        /// Beside the rest, because of ten thousand that a test may see only a few are alive at any time.
        fileprivate var living: Set<Int> = []
        package var alive: [Seen] { living.sorted().compactMap { seen[$0] } }
        package var ready: [Seen] { alive.filter { $0.isReady && !$0.isRetired } }
        package var gone: [Seen] { seen.values.filter { !$0.isAlive }.sorted { $0.process.serial < $1.process.serial } }
        package var servedInAll: Int { seen.values.map(\.served).reduce(0, +) }
    }

    private struct Waiter {
        var isMet: @Sendable (Record) -> Bool
        var resume: CheckedContinuation<Void, Never>
    }

    private struct State {
        var record = Record()
        var waiters: [Waiter] = []
        var work: String?
        var supervisor: Supervisor?
        var closed: Set<Int> = []
    }

    private let state = Mutex(State())
    private let reporting = Mutex(())
    private let onReload: @Sendable () throws -> SupervisorSettings
    private let tell: @Sendable (String) -> Void

    /// - Parameters:
    ///   - work: given again and again to every ready process.
    ///   - tell: hears one line an event.
    package init(
        work: String? = nil, tell: @escaping @Sendable (String) -> Void = { _ in },
        onReload: @escaping @Sendable () throws -> SupervisorSettings = { throw SupervisorError.system("reload", 0) }
    ) {
        self.onReload = onReload
        self.tell = tell
        state.withLock { $0.work = work }
    }

    package var record: Record { state.withLock(\.record) }

    package func attach(_ supervisor: Supervisor) { state.withLock { $0.supervisor = supervisor } }

    /// Comes back when the record is so, or when the test's time is over.
    package func until(_ isMet: @escaping @Sendable (Record) -> Bool) async {
        let stop = Mutex(false)
        await withTaskCancellationHandler {
            await withCheckedContinuation { resume in
                change { $0.waiters.append(Waiter(isMet: { isMet($0) || stop.withLock(\.self) }, resume: resume)) }
            }
        } onCancel: {
            stop.withLock { $0 = true }
            change { _ in }
        }
    }

    /// Every ready process shall do this from now on.
    package func work(_ what: String?) {
        change { $0.work = what }
        for seen in record.ready { giveNext(seen.process.serial) }
    }

    /// One order for one process. Sent under the lock, so that its pipe cannot be closed meanwhile.
    package func give(_ serial: Int, _ order: String) {
        let line = order + "\n"
        change { state in
            guard let seen = state.record.seen[serial], !state.closed.contains(serial) else { return }
            state.record.seen[serial]?.given += 1
            _ = Glibc.send(seen.process.pipe, line, line.utf8.count, Int32(MSG_NOSIGNAL))
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let met = state.withLock { state in
            body(&state)
            let record = state.record
            let split = state.waiters.partition { $0.isMet(record) }
            defer { state.waiters.removeSubrange(split...) }
            return state.waiters[split...]
        }
        for waiter in met { waiter.resume.resume() }
    }

    private var supervisor: Supervisor? { state.withLock(\.supervisor) }

    // MARK: what the supervisor says

    package func spawned(_ process: WorkerProcess) {
        change {
            $0.record.seen[process.serial] = Seen(process: process)
            $0.record.living.insert(process.serial)
        }
        tell("spawned \(process.pid) generation \(process.generation)")
        Reader.start(process.pipe) { [weak self] line in
            self?.heard(line, from: process.serial)
        } atEnd: { [weak self] in
            self?.ended(process)
        }
    }

    package func retire(_ process: WorkerProcess) {
        change { $0.record.seen[process.serial]?.isRetired = true }
        tell("retire \(process.pid)")
        closeIfIdle(process.serial)
    }

    package func exited(_ process: WorkerProcess, cause: CauseOfDeath, kind: ExitKind) {
        change {
            $0.record.seen[process.serial]?.cause = cause
            $0.record.seen[process.serial]?.kind = kind
            $0.record.living.remove(process.serial)
        }
        tell("exited \(process.pid) \(kind)")
        closeWhenOver(process)
    }

    package func quiet(_ isQuiet: Bool) {
        change { $0.record.quiet.append(isQuiet) }
        tell("quiet \(isQuiet)")
    }

    package func drain() {
        change {
            $0.record.drains += 1
            $0.work = nil
        }
        tell("drain")
    }

    package func logState() {
        change { $0.record.reports += 1 }
        tell("state")
    }

    package func reopenLogs() { tell("reopen") }

    package func reload() throws -> SupervisorSettings {
        change { $0.record.reloads += 1 }
        tell("reload")
        return try onReload()
    }

    // MARK: what the processes say

    private func heard(_ line: String, from serial: Int) {
        change { state in
            if !line.hasPrefix("done ") { state.record.seen[serial]?.lines.append(line) }
            if line == "hello" { state.record.seen[serial]?.isReady = true }
            if line.hasPrefix("done ") { state.record.seen[serial]?.served += 1 }
        }
        guard let seen = record.seen[serial] else { return }
        if line == "hello" {
            // Told first: with the last one ready a new parent takes over, and the old one speaks into the same pipe.
            tell("ready \(seen.process.pid)")
            supervisor?.ready(serial)
        }
        if line.hasPrefix("done ") { supervisor?.served(serial, jobs: seen.served) }
        if line.hasPrefix("done "), seen.process.isLonely { supervisor?.retire(serial) }
        giveNext(serial)
        reportLoad()
        closeIfIdle(serial)
    }

    /// One at a time, lest an older count arrive after a newer one.
    private func reportLoad() {
        reporting.withLock { _ in supervisor?.load(busy: record.ready.count(where: \.isBusy)) }
    }

    private func giveNext(_ serial: Int) {
        guard let order = state.withLock(\.work), let seen = record.seen[serial] else { return }
        guard seen.isReady, !seen.isRetired, !seen.isBusy, seen.given < seen.process.jobLimit ?? .max else { return }
        give(serial, order)
    }

    private func closeIfIdle(_ serial: Int) {
        guard let seen = record.seen[serial], seen.isRetired, !seen.isBusy, !seen.hasEnded else { return }
        // The child reads end of file; what it still says can be read.
        shutdown(seen.process.pipe, Int32(SHUT_WR))
        supervisor?.closed(serial)
    }

    private func ended(_ process: WorkerProcess) {
        change { $0.record.seen[process.serial]?.hasEnded = true }
        closeWhenOver(process)
    }

    /// Both ends of the story are known: read to the end, and reaped. Whoever comes second closes.
    private func closeWhenOver(_ process: WorkerProcess) {
        let isOver = state.withLock { state in
            guard let seen = state.record.seen[process.serial] else { return false }
            guard seen.hasEnded, seen.kind != nil, !state.closed.contains(process.serial) else { return false }
            state.closed.insert(process.serial)
            return true
        }
        guard isOver else { return }
        close(process.pipe)
        close(process.page)
        change { $0.record.closed += 1 }
    }
}
