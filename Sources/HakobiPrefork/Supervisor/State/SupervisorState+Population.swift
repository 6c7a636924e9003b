internal import Logging

/// How many processes there should be, and what is missing or too much.
extension SupervisorState {
    /// The processes to keep in the serving generation.
    var target: Int { spare?.target ?? policy.processes }

    /// Processes to have now: while some are leaving, a few replacements beside them.
    private var wanted: Int {
        let leaving = serving(generation).count(where: \.isLeaving)
        return target + min(leaving, max(1, policy.recycledAtOnce))
    }

    /// How many the serving generation is short of.
    var missing: Int { max(0, wanted - serving(generation).count) }

    var lonely: [Child] {
        children.values.filter { $0.isLonely && $0.phase != .retiring }.sorted { $0.serial < $1.serial }
    }

    var missingLonely: Int { max(0, wantedLonely - lonely.count) }

    /// Makes what is like what should be. Safe to call at any time, as often as one likes.
    mutating func balance() {
        guard phase == .running else { return }
        updateSpare()
        growRoll()
        retireReplaced()
        retireSurplus()
        if missing > 0, !backoff.isHolding(now: now) {
            for _ in 0..<missing { spawn(generation: generation, policy: policy) }
        }
        if missingLonely > 0, !lonelyBackoff.isHolding(now: now) {
            for _ in 0..<missingLonely { spawn(generation: generation, policy: policy, isLonely: true) }
        }
        announceWhenUp()
    }

    mutating func spawn(generation: Int, policy: SupervisorPolicy, isLonely: Bool = false) {
        lastSerial += 1
        let early = policy.maxJobs.map { Int(Double($0) / 4 * Double.random(in: 0..<1, using: &random)) } ?? 0
        let younger = Double.random(in: 0.75...1, using: &random)
        children[lastSerial] = Child(
            serial: lastSerial, generation: generation, isLonely: isLonely, spawnedAt: now,
            readyBy: now + policy.readyLimit, softLimit: isLonely ? nil : policy.maxJobs.map { max(1, $0 - early) },
            expiresAt: isLonely ? nil : policy.maxAge.map { now + $0 * younger })
        actions.append(
            .spawn(
                serial: lastSerial, generation: generation, isLonely: isLonely,
                jobLimit: isLonely ? 1 : policy.maxJobs))
    }

    private mutating func updateSpare() {
        guard let range = policy.spare else { return }
        let alive = serving(generation).count
        spare?.update(alive: alive, busy: min(busy, alive), spare: range, most: policy.processes, now: now)
    }

    /// Lets those go whose replacement is ready; first those that may run nothing more anyway.
    private mutating func retireReplaced() {
        let all = serving(generation)
        let fresh = all.count { !$0.isLeaving && $0.phase == .ready }
        var leaving = all.filter(\.isLeaving).sorted { ($0.spentness, $1.serial) > ($1.spentness, $0.serial) }
        while !leaving.isEmpty, fresh + leaving.count > target { retire(leaving.removeFirst().serial) }
    }

    /// One process less, or fewer spare ones: those not ready yet first, then the youngest.
    private mutating func retireSurplus() {
        let surplus = max(0, serving(generation).count - wanted)
        let order = serving(generation).sorted {
            ($0.phase == .starting ? 1 : 0, $0.serial) > ($1.phase == .starting ? 1 : 0, $1.serial)
        }
        for child in order.prefix(surplus) { retire(child.serial) }
        let extra = max(0, lonely.count - wantedLonely)
        for child in lonely.suffix(extra) { retire(child.serial) }
    }

    private mutating func announceWhenUp() {
        guard !isUp, serving(generation).count(where: { $0.phase == .ready }) >= target else { return }
        isUp = true
        actions.append(.announceReady)
        actions.append(.notify(.ready))
        log(.info, "ready: \(target) worker process\(target == 1 ? "" : "es")")
    }

    /// One line for `systemctl status`, only when it changed.
    mutating func reportStatus() {
        let ready = children.values.count { $0.phase == .ready }
        let starting = children.values.count { $0.phase == .starting }
        let retiring = children.values.count { $0.phase == .retiring }
        var parts = ["generation \(generation)", "\(ready) ready"]
        if starting > 0 { parts.append("\(starting) starting") }
        if retiring > 0 { parts.append("\(retiring) leaving") }
        if isQuiet { parts.append("quiet") }
        if case .draining = phase { parts.append("draining") }
        let status = parts.joined(separator: ", ")
        guard status != lastStatus else { return }
        lastStatus = status
        actions.append(.notify(.status(status)))
    }
}

extension Child {
    /// 1 when it has done all the jobs its soft limit allows.
    fileprivate var spentness: Int { softLimit.map { jobsServed >= $0 ? 1 : 0 } ?? 0 }
}
