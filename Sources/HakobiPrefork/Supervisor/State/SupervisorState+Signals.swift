internal import Glibc
internal import HakobiCore
internal import Logging

/// The table of signals.
extension SupervisorState {
    mutating func take(_ signal: SupervisorSignal) {
        switch (signal, phase) {
        case (.report, _):
            reportState()
        case (.terminate, .running):
            drain(successor: nil)
        case (.terminate, .draining(var drain)):
            drain.terms += 1
            phase = .draining(drain)
            if drain.terms >= 2 { cut(because: "a second TERM came") }
        case (_, .draining), (_, .finished):
            log(.notice, "\(signal) ignored: draining")
        case (.reload, .running):
            startRoll()
        case (.quiet, .running):
            setQuiet(true)
        case (.resume, .running):
            setQuiet(false)
        case (.more, .running):
            setProcesses(policy.processes + 1)
        case (.less, .running):
            setProcesses(max(1, policy.processes - 1))
        case (.upgrade, .running):
            startUpgrade()
        }
    }

    /// No more work; everybody leaves as soon as they are idle.
    mutating func drain(successor: Int32?) {
        phase = .draining(Drain(deadline: now + policy.grace, terms: successor == nil ? 1 : 0, successor: successor))
        roll = nil
        rollsAgain = false
        let who = children.count == 1 ? "1 worker process has" : "\(children.count) worker processes have"
        log(.notice, "draining: \(who) \(policy.grace) to finish")
        if successor == nil {
            actions.append(.notify(.stopping))
            if upgrade != nil { endUpgrade() }
        }
        actions.append(.drain)
        for serial in children.keys.sorted() { retire(serial) }
    }

    private mutating func setQuiet(_ quiet: Bool) {
        guard quiet != isQuiet else { return }
        isQuiet = quiet
        log(.notice, quiet ? "quiet: no more claims until CONT" : "claiming again")
        actions.append(.quiet(quiet))
    }

    private mutating func setProcesses(_ count: Int) {
        log(.notice, "processes: \(policy.processes) -> \(count), until the next reload")
        policy.processes = count
    }

    private mutating func reportState() {
        for child in children.values.sorted(by: { $0.serial < $1.serial }) {
            let role = child.isLonely ? "lonely " : ""
            log(
                .notice,
                "\(role)worker process \(child.pid): generation \(child.generation), \(child.phase.rawValue), "
                    + "\(child.jobsServed) jobs, up \(now - child.spawnedAt)")
        }
        actions.append(.report)
    }
}
