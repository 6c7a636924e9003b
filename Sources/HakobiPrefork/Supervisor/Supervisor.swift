internal import Glibc
internal import Hakobi
package import Logging
internal import ServiceLifecycle
internal import Synchronization

/// Keeps worker processes alive: spawns, watches, recycles and ends them; knows no job.
package final class Supervisor: Service {
    /// Why `run` came back.
    package enum End: Sendable, Hashable {
        /// Everything was retired and left by itself.
        case drained
        /// So many processes had to be killed.
        case cut(Int)
        /// A new parent took over.
        case replaced(by: Int32)
    }

    /// What was left for the loop to read, and the bell beside it.
    private struct Notes {
        var events: [SupervisorEvent] = []
        /// Only the newest count of each process: thousands may come between two looks.
        var served: [Int: Int] = [:]
        var isRung = false
        /// While it runs.
        var bell: ThreadBell?
        var lastBusy = -1

        mutating func ring() {
            guard !isRung, let bell else { return }
            isRung = true
            bell.ring()
        }

        mutating func silence() {
            isRung = false
            bell?.silence()
        }
    }

    let settings: SupervisorSettings
    let observer: any WorkerProcessObserver
    let logger: Logger
    let handlesSignals: Bool
    let notifier: SystemdNotifier?
    let successorCommand: ProcessCommand?
    let handshake: UpgradeHandshake?
    let state: Mutex<SupervisorState>
    private let notes = Mutex(Notes())
    private let outcome = Mutex<End?>(nil)

    /// A supervisor that does nothing until `run`.
    /// - Parameters:
    ///   - handlesSignals: the process's own signals drive it; off in tests and beside a host program.
    ///   - notifier: told of readiness, reloads and the end.
    ///   - successor: this whole program as it was started, for USR2; without it USR2 is refused.
    ///   - handshake: there is a parent that waits for this one to be ready.
    package init(
        _ settings: SupervisorSettings, observer: any WorkerProcessObserver, logger: Logger,
        handlesSignals: Bool = true,
        notifier: SystemdNotifier? = nil, successor: ProcessCommand? = nil, handshake: UpgradeHandshake? = nil
    ) {
        self.settings = settings
        self.observer = observer
        self.logger = logger
        self.handlesSignals = handlesSignals
        self.notifier = notifier
        self.successorCommand = successor
        self.handshake = handshake
        state = Mutex(SupervisorState(policy: settings.policy, seed: .random(in: 0 ... .max)))
    }

    /// Runs until drained. A graceful shutdown of its service group, or cancellation, counts as a TERM each.
    ///
    /// Throws only when it cannot begin (no descriptors, no such program); then nothing was started. Run it once.
    package func run() async throws {
        guard let bell = ThreadBell() else { throw SupervisorError.system("eventfd", errno) }
        notes.withLock { notes in
            notes.bell = bell
            notes.isRung = false
            notes.ring()
        }
        defer { notes.withLock { $0.bell = nil } }
        let end = try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await loop()
            } onGracefulShutdown: {
                self.signal(.terminate)
            }
        } onCancel: {
            self.signal(.terminate)
        }
        outcome.withLock { $0 = end }
    }

    private func loop() async throws -> End {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<End, any Error>) in
            do throws(ThreadError) {
                try OwnThread.start(named: "hakobi-super") {
                    do throws(SupervisorError) {
                        continuation.resume(returning: try SupervisorLoop(self).run())
                    } catch {
                        continuation.resume(throwing: error)
                    }
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// How `run` ended; `nil` before.
    package var end: End? { outcome.withLock(\.self) }

    // The rest is called from any thread; it only leaves a note and returns at once.

    /// As if this signal had come.
    package func signal(_ signal: SupervisorSignal) { note(.signal(signal)) }
    /// Its hello was accepted.
    package func ready(_ serial: Int) { note(.ready(serial: serial)) }
    /// It has done so many jobs in all.
    package func served(_ serial: Int, jobs: Int) {
        notes.withLock { notes in
            notes.served[serial] = jobs
            notes.ring()
        }
    }
    /// Keep up to this many extra one-job processes for suspects.
    package func wantLonely(_ count: Int) { note(.wantLonely(count)) }
    /// This one shall go (a lonely one after its job): the observer's `retire` follows.
    package func retire(_ serial: Int) { note(.retire(serial: serial)) }
    /// Its pipe has been closed by the observer; it is killed if it has not left after the policy's `exitLimit`.
    package func closed(_ serial: Int) { note(.closed(serial: serial)) }
    /// Ends it now (a hard limit): SIGKILL; `aborting` sends SIGABRT first and SIGKILL after the policy's `abortLimit`.
    package func kill(_ serial: Int, aborting: Bool = false, because reason: String) {
        note(.kill(serial: serial, aborting: aborting, because: reason))
    }

    /// So many of the ready processes are at work: what the spare mode goes by.
    package func load(busy: Int) {
        let isNews = notes.withLock { notes in
            defer { notes.lastBusy = busy }
            return notes.lastBusy != busy
        }
        if isNews { note(.load(busy: busy)) }
    }

    private func note(_ event: SupervisorEvent) {
        notes.withLock { notes in
            notes.events.append(event)
            notes.ring()
        }
    }

    var wakeDescriptor: Int32 { notes.withLock { $0.bell?.descriptor ?? -1 } }

    /// Everything left since the last call, oldest first; counts of jobs before all else.
    func takeNotes() -> [SupervisorEvent] {
        notes.withLock { notes in
            notes.silence()
            defer {
                notes.events = []
                notes.served = [:]
            }
            return notes.served.map { .served(serial: $0.key, jobs: $0.value) } + notes.events
        }
    }
}
