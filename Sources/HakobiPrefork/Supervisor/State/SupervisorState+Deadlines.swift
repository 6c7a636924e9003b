internal import Glibc
internal import HakobiCore
internal import Logging

/// What time alone brings about.
extension SupervisorState {
    mutating func checkDeadlines() {
        for serial in children.keys.sorted() { checkDeadlines(of: serial) }
        checkRollDeadline()
        checkUpgradeDeadline()
        guard case .draining(let drain) = phase, now >= drain.deadline else { return }
        cut(because: "the grace of a drain is over")
    }

    private mutating func checkDeadlines(of serial: Int) {
        guard var child = children[serial] else { return }
        if child.phase == .starting, child.killed == nil, now >= child.readyBy {
            child.killed = .neverReady
            actions.append(.kill(serial: serial, signal: SIGKILL))
        }
        if let killAt = child.killAt, now >= killAt {
            child.killAt = nil
            child.killed = child.killed ?? .stuck
            actions.append(.kill(serial: serial, signal: SIGKILL))
        }
        if let measureAt = child.measureAt, now >= measureAt {
            child.measureAt = nil
            actions.append(.measure(serial: serial))
        }
        if let expiresAt = child.expiresAt, now >= expiresAt, child.phase == .ready { child.isLeaving = true }
        children[serial] = child
    }

    /// Kills whatever is left, and names it.
    mutating func cut(because reason: String) {
        guard case .draining(var drain) = phase, !drain.isCutting else { return }
        drain.isCutting = true
        for child in children.values.sorted(by: { $0.serial < $1.serial }) {
            log(.warning, "cutting worker process \(child.pid) after \(child.jobsServed) jobs: \(reason)")
            actions.append(.kill(serial: child.serial, signal: SIGKILL))
            children[child.serial]?.killed = child.killed ?? .graceOver
            children[child.serial]?.killAt = nil
            drain.cut += 1
        }
        phase = .draining(drain)
    }
}
