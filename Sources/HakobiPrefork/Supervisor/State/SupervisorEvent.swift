internal import HakobiCore
internal import Logging

/// What the supervisor is told to do from outside: the meaning of each signal, by itself.
package enum SupervisorSignal: Sendable, Hashable, CaseIterable {
    /// TERM, INT: drain; the second one cuts.
    case terminate
    /// HUP: settings read again, and a new generation.
    case reload
    /// TSTP: claim no more.
    case quiet
    /// CONT: claim again.
    case resume
    /// TTIN: one process more.
    case more
    /// TTOU: one process less.
    case less
    /// USR1: state to the log, logs opened anew.
    case report
    /// USR2: a whole new parent beside this one.
    case upgrade
}

/// Something that happened; what `SupervisorState` decides on.
enum SupervisorEvent: Sendable {
    case start
    /// Time passed; nothing else did.
    case tick
    case signal(SupervisorSignal)
    case spawned(serial: Int, pid: Int32)
    case spawnFailed(serial: Int, why: String)
    case exited(serial: Int, CauseOfDeath)
    case ready(serial: Int)
    case served(serial: Int, jobs: Int)
    case load(busy: Int)
    case wantLonely(Int)
    case retire(serial: Int)
    case closed(serial: Int)
    case kill(serial: Int, aborting: Bool, because: String)
    case measured(serial: Int, bytes: Int64)
    case reloaded(SupervisorPolicy)
    case reloadFailed(why: String)
    case upgradeStarted(pid: Int32)
    case upgradeReady
    case upgradeFailed(why: String)
}

/// Something to be done; the shell does it without a thought of its own.
enum SupervisorAction: Sendable, Equatable {
    case spawn(serial: Int, generation: Int, isLonely: Bool, jobLimit: Int?)
    case retire(serial: Int)
    case kill(serial: Int, signal: Int32)
    /// The last word on a process.
    case gone(serial: Int, CauseOfDeath, ExitKind)
    /// Read its resident memory.
    case measure(serial: Int)
    case quiet(Bool)
    case drain
    case report
    /// Read the settings again and open the program for this generation.
    case reload(generation: Int)
    /// No process of this generation will be spawned any more.
    case forget(generation: Int)
    case upgrade
    case endUpgrade(signal: Int32)
    case notify(SystemdNotice)
    /// Every process that is wanted at the start is ready.
    case announceReady
    case log(Logger.Level, String)
    case finish(Supervisor.End)
}

/// What systemd is told.
package enum SystemdNotice: Sendable, Hashable {
    /// Serving, or serving again after a reload.
    case ready
    /// A reload began.
    case reloading
    /// Draining.
    case stopping
    /// Another process is the service now.
    case mainPID(Int32)
    /// One line for `systemctl status`.
    case status(String)
}
