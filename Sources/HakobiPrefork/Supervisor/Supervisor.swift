internal import HakobiCore
package import Logging
internal import ServiceLifecycle

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

    /// A supervisor that does nothing until `run`.
    /// - Parameter signals: the process's own signals drive it; off in tests and beside a host program.
    package init(
        _ settings: SupervisorSettings, observer: any WorkerProcessObserver, logger: Logger, handlesSignals: Bool = true
    ) {
    }

    /// Runs until drained. A graceful shutdown of its service group, or cancellation, counts as TERM.
    package func run() async throws {
    }

    /// How `run` ended; `nil` before.
    package var end: End? { nil }

    // Called by the observer, from any thread; they only leave a note and return at once.

    /// Its hello was accepted.
    package func ready(_ serial: Int) {}
    /// It has done so many jobs in all.
    package func served(_ serial: Int, jobs: Int) {}
    /// So many of the ready processes are at work: what the spare mode goes by.
    package func load(busy: Int) {}
    /// Keep up to this many extra one-job processes for suspects.
    package func wantLonely(_ count: Int) {}
    /// This one shall go (a lonely one after its job): the observer's `retire` follows.
    package func retire(_ serial: Int) {}
    /// Its pipe has been closed by the observer; it is killed if it has not left after the policy's `exitLimit`.
    package func closed(_ serial: Int) {}
    /// Ends it now (a hard limit): SIGKILL; `aborting` sends SIGABRT first and SIGKILL after the policy's `abortLimit`.
    package func kill(_ serial: Int, aborting: Bool = false, because reason: String) {}

    /// All processes alive, oldest first.
    package var processes: [ProcessSnapshot] { [] }
}
