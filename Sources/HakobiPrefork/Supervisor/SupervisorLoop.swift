internal import CHakobi
internal import Glibc
internal import HakobiCore
internal import Logging
internal import Synchronization

/// The thin shell around `SupervisorState`: waits in the kernel, feeds events, does what it is told. Lives on one thread.
final class SupervisorLoop {
    /// What the parent knows of a live process beside the books.
    struct Live {
        var process: WorkerProcess
        var pidfd: Int32
        /// The parent's own peak memory when it was spawned, in bytes.
        var parentsPeak: Int64
    }

    /// What processes of a generation are spawned from.
    struct Program {
        var command: ProcessCommand
        var image: ProgramImage
    }

    let supervisor: Supervisor
    let observer: any WorkerProcessObserver
    let logger: Logger
    var live: [Int: Live] = [:]
    var programs: [Int: Program] = [:]
    var successor: Successor?
    var end: Supervisor.End?
    private var queue: [SupervisorEvent] = []
    private let signals: SignalSource?

    init(_ supervisor: Supervisor) throws(SupervisorError) {
        self.supervisor = supervisor
        observer = supervisor.observer
        logger = supervisor.logger
        hakobi_prepare_parent()
        signals = supervisor.handlesSignals ? try SignalSource() : nil
        let command = supervisor.settings.command
        let image =
            command.isThisProgram
            ? .running(asStarted: command.executable) : try ProgramImage.onDisk(command.executable)
        programs[1] = Program(command: command, image: image)
    }

    /// Until everything is gone.
    func run() -> Supervisor.End {
        queue.append(.start)
        while true {
            step()
            if let end {
                signals?.stop()
                return end
            }
            let readable = wait()
            queue += (signals?.pending() ?? []).map { .signal($0) }
            // Before the exits: a job that was served before its process died was served.
            queue += supervisor.takeNotes()
            reap(readable)
            checkSuccessor()
            queue.append(.tick)
        }
    }

    /// Notes an event for the next step.
    func enqueue(_ event: SupervisorEvent) {
        queue.append(event)
    }

    /// Decides and does, until doing brings up nothing new.
    private func step() {
        while !queue.isEmpty {
            let events = queue
            queue = []
            let actions = supervisor.state.withLock { $0.handle(events, now: monotonicNow()) }
            for action in actions { perform(action) }
        }
    }

    /// Sleeps until something comes or the state wants a tick; nothing to wait for costs nothing.
    /// - Returns: descriptors with something to read.
    private func wait() -> Set<Int32> {
        var descriptors = [supervisor.wakeDescriptor, signals?.descriptor, successor?.pipe, successor?.pidfd]
        descriptors += live.values.map(\.pidfd)
        var polled = descriptors.compactMap(\.self).filter { $0 >= 0 }
            .map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let deadline = supervisor.state.withLock(\.deadline)
        let count = poll(&polled, nfds_t(polled.count), Self.timeout(until: deadline, now: monotonicNow()))
        // Interrupted: the signal is in its pipe, so that the next round sees it.
        return count > 0 ? Set(polled.filter { $0.revents != 0 }.map(\.fd)) : []
    }

    /// In whole milliseconds, rounded up: a tick before its time would come again and again.
    static func timeout(until deadline: Duration?, now: Duration) -> Int32 {
        guard let deadline else { return -1 }
        let left = max(0, (deadline - now).wholeMicroseconds)
        return Int32(min(3_600_000, (left + 999) / 1000))
    }

    /// Its own children and no others: somebody else in this process may be waiting for theirs.
    private func reap(_ readable: Set<Int32>) {
        for (serial, child) in live where readable.contains(child.pidfd) {
            var death = hakobi_death()
            let answer = hakobi_reap(child.process.pid, &death)
            guard answer != 0 else { continue }
            let cause = answer > 0 ? CauseOfDeath(death, parentsPeak: child.parentsPeak) : CauseOfDeath()
            enqueue(.exited(serial: serial, cause))
        }
    }
}

extension CauseOfDeath {
    /// - Parameter parentsPeak: the parent's own peak at the spawn. The kernel charges it to the child, which shared the
    ///   parent's memory until its exec; a figure that is not above it tells nothing of the child.
    init(_ death: hakobi_death, parentsPeak: Int64) {
        self.init(
            signal: death.signal == 0 ? nil : death.signal, exitCode: death.exit_code < 0 ? nil : death.exit_code,
            peakMemory: death.peak_memory > parentsPeak ? death.peak_memory : nil)
    }
}
