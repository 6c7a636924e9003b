/// What a supervisor says that concerns no pipe; filled in where worker, runner and supervisor are put together.
package struct PipeHooks: Sendable {
    /// Claim no more on this host, or claim again.
    package var quiet: @Sendable (Bool) -> Void = { _ in }
    /// No more work at all.
    package var drain: @Sendable () -> Void = {}
    /// State to the log.
    package var logState: @Sendable () -> Void = {}
    /// Log files anew.
    package var reopenLogs: @Sendable () -> Void = {}
    /// The settings anew, for processes and (through `PipeRunner.update`) for pipes.
    package var reload: @Sendable () throws -> SupervisorSettings
    /// The runner was cancelled and still serves its pipes: the moment to end the supervisor.
    package var ending: @Sendable () async -> Void = {}

    /// Hooks that do nothing but reload.
    package init(reload: @escaping @Sendable () throws -> SupervisorSettings) { self.reload = reload }
}

/// The supervisor's doors, as the pipes use them: any thread, at once.
package protocol ProcessKeeper: Sendable {
    /// Its hello was accepted.
    func ready(_ serial: Int)
    /// It has done so many jobs in all.
    func served(_ serial: Int, jobs: Int)
    /// So many ready processes are at work.
    func load(busy: Int)
    /// Up to so many extra one-job processes are needed.
    func wantLonely(_ count: Int)
    /// This one shall go.
    func retire(_ serial: Int)
    /// Its pipe was closed.
    func closed(_ serial: Int)
    /// End it now.
    func kill(_ serial: Int, aborting: Bool, because reason: String)
}

extension Supervisor: ProcessKeeper {}
