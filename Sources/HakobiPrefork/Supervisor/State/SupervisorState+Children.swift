internal import Glibc
internal import HakobiCore
internal import Logging

/// The life of one process: spawned, ready, serving, leaving, gone.
extension SupervisorState {
    /// Memory is read at most this often per process: a read costs about 10 µs, a small job less. Not seldomer, because a
    /// process over its limit is fed until the next read.
    static let measureInterval = Duration.milliseconds(10)

    mutating func ready(_ serial: Int) {
        guard var child = children[serial], child.phase == .starting else { return }
        child.phase = .ready
        child.readyAt = now
        children[serial] = child
    }

    mutating func served(_ serial: Int, jobs: Int) {
        guard var child = children[serial], jobs > child.jobsServed else { return }
        child.jobsServed = jobs
        if let limit = child.softLimit, jobs >= limit { child.isLeaving = true }
        if policy.maxMemory != nil, child.measureAt == nil, !child.isLeaving {
            child.measureAt = child.measuredAt.map { max(now, $0 + Self.measureInterval) } ?? now
        }
        children[serial] = child
        if backoff.calm() { log(.notice, "worker processes serve jobs again") }
    }

    mutating func measured(_ serial: Int, bytes: Int64) {
        guard var child = children[serial] else { return }
        child.measuredAt = now
        if let limit = policy.maxMemory, bytes > limit, child.phase == .ready, !child.isLonely {
            child.isLeaving = true
        }
        children[serial] = child
    }

    mutating func retire(_ serial: Int) {
        guard let child = children[serial], child.phase != .retiring else { return }
        children[serial]?.phase = .retiring
        actions.append(.retire(serial: serial))
    }

    /// The observer closed its pipe; from here on it has nothing to do but leave.
    mutating func closed(_ serial: Int) {
        guard var child = children[serial], child.killed == nil else { return }
        child.phase = .retiring
        child.killAt = now + policy.exitLimit
        children[serial] = child
    }

    mutating func kill(_ serial: Int, aborting: Bool, because reason: String) {
        guard var child = children[serial], child.killed == nil else { return }
        log(.warning, "killing worker process \(child.pid): \(reason)")
        child.killed = .killed(because: reason)
        child.phase = .retiring
        child.killAt = aborting ? now + policy.abortLimit : nil
        children[serial] = child
        actions.append(.kill(serial: serial, signal: aborting ? SIGABRT : SIGKILL))
    }

    mutating func spawnFailed(_ serial: Int, why: String) {
        guard let child = children.removeValue(forKey: serial) else { return }
        log(.error, "cannot start a worker process of generation \(child.generation): \(why)")
        if child.generation == roll?.generation { return abandonRoll(because: why) }
        holdBack(child, reason: why)
    }

    mutating func exited(_ serial: Int, _ cause: CauseOfDeath) {
        guard let child = children.removeValue(forKey: serial) else { return }
        let left = child.phase == .retiring && cause.exitCode == 0
        let kind = child.killed ?? (left ? .asked : .unasked)
        actions.append(.gone(serial: serial, cause, kind))
        guard kind != .asked else { return }
        guard phase == .running else { return }
        log(.warning, "worker process \(child.pid) (generation \(child.generation)) \(cause.words)\(kind.words)")
        if child.generation == roll?.generation { return abandonRoll(because: "a process of it \(cause.words)") }
        // Leaving with 0 by itself after some work is a library's exit, not a crash: no delay.
        guard cause.exitCode != 0 || child.jobsServed == 0 else { return }
        holdBack(child, reason: cause.words)
    }

    private mutating func holdBack(_ child: Child, reason: String) {
        let steady = (Array(children.values) + [child]).compactMap(\.readyAt).map { now - $0 }.max() ?? .zero
        guard !child.isLonely else {
            // A suspect that kills its process is what lonely ones are for; only a program that never starts waits.
            if child.readyAt == nil { _ = lonelyBackoff.died(now: now, steady: steady, policy: policy) }
            return
        }
        guard backoff.died(now: now, steady: steady, policy: policy), let until = backoff.until else { return }
        log(
            .critical,
            "crash loop: \(backoff.streak) worker processes in a row ended before any job was done; the last one "
                + "\(reason). The next is started in \(until - now), then ever later up to \(policy.respawnDelayLimit)")
    }
}

extension CauseOfDeath {
    /// As the end of a sentence.
    package var words: String {
        if let signal { return "was ended by signal \(signal)" }
        if let exitCode { return "exited with \(exitCode)" }
        return "ended, nobody knows how"
    }
}

extension ExitKind {
    fileprivate var words: String {
        switch self {
        case .asked: ""
        case .unasked: " by itself"
        case .killed(let reason): ": \(reason)"
        case .graceOver: ": the grace was over"
        case .neverReady: ": it was never ready"
        case .stuck: ": it did not leave when its pipe was closed"
        }
    }
}
