package import HakobiCore

/// One spawned worker process, as the supervisor knows it.
package struct WorkerProcess: Sendable, Hashable {
    /// Its name among all processes of this supervisor; never used again, unlike a pid.
    package let serial: Int
    /// Its number at the kernel, its own until `exited` was reported.
    package let pid: Int32
    /// Which spawn it belongs to; the first is 1.
    package let generation: Int
    /// The parent's end of the socket pair: stream, non-blocking, close-on-exec. The observer owns it from `spawned` on.
    package let pipe: Int32
    /// The memory both share (`ProcessCommand.pageBytes` zero bytes at first). The observer owns it from `spawned` on.
    package let page: Int32
    /// An extra one, for a suspect: one job, and then `Supervisor.retire`.
    package let isLonely: Bool
    /// It must never be given more jobs than this in all; `nil` means no limit.
    package let jobLimit: Int?
}

/// How a process came to its end, beside what the kernel says.
package enum ExitKind: Sendable, Hashable {
    /// It was retired, and left.
    case asked
    /// It left or died by itself.
    case unasked
    /// `Supervisor.kill` was called for it.
    case killed(because: String)
    /// It still ran something when the grace of a drain was over, or at the second TERM.
    case graceOver
    /// It never said hello.
    case neverReady
    /// It did not leave when its pipe was closed.
    case stuck
}

/// Whoever feeds the processes. Called on the supervisor's own thread, one call at a time, and must return soon.
package protocol WorkerProcessObserver: Sendable {
    /// A process was started; its hello will come over the pipe, and then `Supervisor.ready` is expected.
    func spawned(_ process: WorkerProcess)
    /// Give it no more work; as soon as it is idle close its pipe, at which it exits, and call `Supervisor.closed`.
    func retire(_ process: WorkerProcess)
    /// It is gone and reaped: the last word on it. Its descriptors are the observer's to close, after reading what is left.
    func exited(_ process: WorkerProcess, cause: CauseOfDeath, kind: ExitKind)
    /// Claim no more work on this host (`true`), or claim again.
    func quiet(_ isQuiet: Bool)
    /// No more work at all; `retire` for every process follows.
    func drain()
    /// Says in the log what is being done (USR1).
    func logState()
    /// Opens log files anew (USR1), after they were rotated away.
    func reopenLogs()
    /// Reads the settings again (HUP). An error keeps the old generation serving.
    func reload() throws -> SupervisorSettings
}
