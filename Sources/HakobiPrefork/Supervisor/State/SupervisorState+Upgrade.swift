internal import Glibc
internal import HakobiCore
internal import Logging

/// A whole new parent beside this one (USR2): it proves that it is up, then this one drains.
extension SupervisorState {
    mutating func startUpgrade() {
        guard upgrade == nil else { return log(.notice, "USR2 ignored: a new parent is on its way") }
        upgrade = Upgrade(deadline: now + policy.upgradeLimit)
        actions.append(.upgrade)
    }

    mutating func upgradeReady() {
        guard let upgrade, phase == .running, !upgrade.isEnding else { return }
        self.upgrade = nil
        log(.notice, "process \(upgrade.pid) serves now; this one drains")
        actions.append(.notify(.mainPID(upgrade.pid)))
        drain(successor: upgrade.pid)
    }

    mutating func upgradeFailed(why: String) {
        guard let upgrade else { return }
        self.upgrade = nil
        guard !upgrade.isEnding || phase == .running else { return }
        log(.critical, "the new parent failed, this one keeps serving: \(why)")
    }

    /// Tells the new parent to drain; SIGKILL follows if it does not.
    mutating func endUpgrade() {
        guard var upgrade else { return }
        let signal = upgrade.isEnding ? SIGKILL : SIGTERM
        upgrade.isEnding = true
        upgrade.deadline = now + policy.grace + policy.exitLimit
        self.upgrade = upgrade
        actions.append(.endUpgrade(signal: signal))
    }

    mutating func checkUpgradeDeadline() {
        guard let upgrade, now >= upgrade.deadline else { return }
        if !upgrade.isEnding {
            log(.error, "the new parent was not ready within \(policy.upgradeLimit); it is stopped")
        }
        endUpgrade()
    }
}
