import HakobiCore
import Testing

@testable import HakobiPrefork

/// Generations and new parents on paper.
struct RollStateTests {
    func running(_ processes: Int = 2, spare: ClosedRange<Int>? = nil) -> StateBench {
        var bench = StateBench(SupervisorPolicy(processes: processes, spare: spare))
        bench.send(.start)
        bench.allReady()
        return bench
    }

    @Test("the old generation goes in one step, after the last of the new one is ready")
    func commits() {
        var bench = running()
        #expect(bench.send(.signal(.reload)).contains(.reload(generation: 2)))
        #expect(bench.send(.reloaded(SupervisorPolicy(processes: 2))).spawns == 2)
        #expect(bench.send(.ready(serial: 3)).retired.isEmpty)
        let actions = bench.send(.ready(serial: 4))
        #expect(actions.retired == [1, 2] && actions.contains(.forget(generation: 1)))
        #expect(actions.contains(.notify(.ready)))
        #expect(bench.state.generation == 2)
    }

    @Test("a generation that is late, dies, cannot be spawned or has bad settings is abandoned with one alarm")
    func abandons() {
        let ends: [(inout StateBench) -> Void] = [
            { $0.advance(.seconds(30)) }, { _ = $0.die(3) }, { $0.send(.spawnFailed(serial: 3, why: "ENOENT")) },
            { $0.send(.reloadFailed(why: "line 3")) },
        ]
        for end in ends {
            var bench = running()
            bench.send(.signal(.reload), .reloaded(SupervisorPolicy(processes: 2)))
            end(&bench)
            #expect(bench.alarms == 1)
            #expect(bench.ready == [1, 2] && bench.starting.isEmpty)
            #expect(bench.state.generation == 1 && bench.actions.contains(.forget(generation: 2)))
            #expect(bench.state.roll == nil)
        }
    }

    @Test("reloads that come while one is under way are one more, afterwards")
    func coalesces() {
        var bench = running()
        bench.send(.signal(.reload))
        bench.send(.signal(.reload))
        bench.send(.signal(.reload), .reloaded(SupervisorPolicy(processes: 1)))
        bench.send(.ready(serial: 3))
        #expect(bench.actions.count { if case .reload = $0 { true } else { false } } == 2)
        #expect(bench.state.generation == 2 && bench.state.roll?.generation == 3)
    }

    @Test("a crash of the old generation during a reload is made good in the old generation")
    func crashDuringRoll() {
        var bench = running()
        bench.send(.signal(.reload), .reloaded(SupervisorPolicy(processes: 2)))
        _ = bench.die(1)
        bench.advance(.milliseconds(10))
        #expect(bench.state.children.values.count { $0.generation == 1 } == 2)
    }

    @Test("TERM during a reload takes both generations down")
    func drainDuringRoll() {
        var bench = running()
        bench.send(.signal(.reload), .reloaded(SupervisorPolicy(processes: 2)))
        #expect(bench.send(.signal(.terminate)).retired == [1, 2, 3, 4])
        for serial in 1...3 { #expect(bench.leave(serial).end == nil) }
        #expect(bench.leave(4).end == .drained)
    }

    @Test("with spare processes the new generation is as large as the old one is now")
    func spareRoll() {
        var bench = running(8, spare: 1...2)
        for busy in 1...5 {
            bench.send(.load(busy: busy))
            bench.allReady()
        }
        let before = bench.ready.count
        #expect(before == 6)
        #expect(bench.send(.signal(.reload), .reloaded(bench.state.policy)).spawns == before)
    }

    @Test("a new parent that is ready gets the name, and this one drains; TERM does not cut it yet")
    func upgrades() {
        var bench = running()
        #expect(bench.send(.signal(.upgrade)).contains(.upgrade))
        bench.send(.upgradeStarted(pid: 7))
        #expect(bench.send(.signal(.upgrade)).contains(.upgrade) == false)
        let actions = bench.send(.upgradeReady)
        #expect(actions.contains(.notify(.mainPID(7))) && actions.retired == [1, 2])
        #expect(!actions.contains(.notify(.stopping)))
        #expect(bench.send(.signal(.terminate)).killed.isEmpty)
        _ = bench.leave(1)
        #expect(bench.leave(2).end == .replaced(by: 7))
    }

    @Test("a new parent that is late is told to go, then killed; this one goes on")
    func lateUpgrade() {
        var bench = running()
        bench.send(.signal(.upgrade), .upgradeStarted(pid: 7))
        #expect(bench.advance(.seconds(60)).contains(.endUpgrade(signal: 15)))
        #expect(bench.advance(.seconds(35)).contains(.endUpgrade(signal: 9)))
        bench.send(.upgradeFailed(why: "ended"))
        #expect(bench.ready == [1, 2] && bench.state.upgrade == nil)
        #expect(bench.send(.signal(.upgrade)).contains(.upgrade))
    }

    @Test("TERM while a new parent starts ends both, and waits for it")
    func drainDuringUpgrade() {
        var bench = running(1)
        bench.send(.signal(.upgrade), .upgradeStarted(pid: 7))
        #expect(bench.send(.signal(.terminate)).contains(.endUpgrade(signal: 15)))
        #expect(bench.leave(1).end == nil)
        #expect(bench.send(.upgradeFailed(why: "ended")).end == .drained)
    }
}
