import HakobiCore
import Logging

@testable import HakobiPrefork

/// A state with a clock moved by hand and processes that exist on paper.
struct StateBench {
    var state: SupervisorState
    var now = Duration.zero
    /// Every action so far.
    var actions: [SupervisorAction] = []
    private var pids: Int32 = 100

    init(_ policy: SupervisorPolicy, seed: UInt64 = 1) {
        state = SupervisorState(policy: policy, seed: seed)
    }

    /// What these events bring about, with spawns that succeed.
    @discardableResult
    mutating func send(_ events: SupervisorEvent...) -> [SupervisorAction] {
        var brought = state.handle(events, now: now)
        var next = 0
        while next < brought.count {
            if case .spawn(let serial, _, _, _) = brought[next] {
                pids += 1
                brought += state.handle([.spawned(serial: serial, pid: pids)], now: now)
            }
            next += 1
        }
        actions += brought
        return brought
    }

    /// Time passes up to this moment, with a tick at its end.
    @discardableResult
    mutating func advance(_ time: Duration) -> [SupervisorAction] {
        now += time
        return send(.tick)
    }

    /// Everybody who is starting says hello.
    mutating func allReady() {
        for serial in starting { send(.ready(serial: serial)) }
    }

    mutating func die(_ serial: Int, signal: Int32 = 9) -> [SupervisorAction] {
        send(.exited(serial: serial, CauseOfDeath(signal: signal)))
    }

    mutating func leave(_ serial: Int) -> [SupervisorAction] {
        send(.exited(serial: serial, CauseOfDeath(exitCode: 0)))
    }

    func serials(_ phase: Child.Phase) -> [Int] {
        state.children.values.filter { $0.phase == phase }.map(\.serial).sorted()
    }

    var starting: [Int] { serials(.starting) }
    var ready: [Int] { serials(.ready) }
    var retiring: [Int] { serials(.retiring) }
    var alarms: Int { actions.count { if case .log(.critical, _) = $0 { true } else { false } } }
}

extension [SupervisorAction] {
    var spawns: Int { count { if case .spawn = $0 { true } else { false } } }
    var retired: [Int] { compactMap { if case .retire(let serial) = $0 { serial } else { nil } } }
    var killed: [Int] { compactMap { if case .kill(let serial, _) = $0 { serial } else { nil } } }
    var end: Supervisor.End? { compactMap { if case .finish(let end) = $0 { end } else { nil } }.first }
}
