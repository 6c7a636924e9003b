/// How long to wait before the next spawn, and when a crash loop deserves the alarm line. Planned exits never come here.
struct RespawnBackoff: Sendable {
    /// Abnormal exits since a job was served or all was calm.
    private(set) var streak = 0
    /// No spawn before this.
    private(set) var until: Duration?
    /// The alarm was raised and not yet called off.
    private(set) var isAlarmed = false
    private var lastDeath: Duration?

    /// Somebody died abnormally (or could not be spawned at all).
    /// - Parameter steady: how long some process has been ready by now; a calm time forgives what was before it.
    /// - Returns: whether this one raises the alarm.
    mutating func died(now: Duration, steady: Duration, policy: SupervisorPolicy) -> Bool {
        if let lastDeath, now - lastDeath >= policy.calmAfter, steady >= policy.calmAfter { _ = calm() }
        streak += 1
        lastDeath = now
        let doublings = min(streak - 1, 40)
        until = now + min(policy.respawnDelayLimit, policy.respawnDelay * (1 << doublings))
        guard streak >= policy.alarmAfter, !isAlarmed else { return false }
        isAlarmed = true
        return true
    }

    /// A job was served: whatever died before, the program works.
    /// - Returns: whether an alarm is called off by it.
    mutating func calm() -> Bool {
        streak = 0
        defer { isAlarmed = false }
        return isAlarmed
    }

    /// Whether a spawn has to wait.
    func isHolding(now: Duration) -> Bool {
        until.map { now < $0 } ?? false
    }
}
