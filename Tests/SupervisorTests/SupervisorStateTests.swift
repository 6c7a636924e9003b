import HakobiCore
import Testing

@testable import HakobiPrefork

/// Decisions without a process: instant, by a clock moved by hand.
struct SupervisorStateTests {
    @Test("starts as many as wanted, says ready once when all are, and nothing more happens by itself")
    func starts() {
        var bench = StateBench(SupervisorPolicy(processes: 3))
        #expect(bench.send(.start).spawns == 3)
        bench.send(.ready(serial: 1), .ready(serial: 2))
        #expect(!bench.actions.contains(.announceReady))
        #expect(bench.send(.ready(serial: 3)).contains(.notify(.ready)))
        #expect(bench.state.deadline == nil)
        #expect(bench.advance(.seconds(86_400)).isEmpty)
    }

    @Test("abnormal exits delay the next spawn, doubling up to the limit; one alarm; a served job calls it off")
    func backsOff() {
        var bench = StateBench(SupervisorPolicy(processes: 1))
        bench.send(.start)
        var delays: [Duration] = []
        for _ in 1...15 {
            #expect(bench.die(bench.starting[0]).spawns == 0)
            let until = bench.state.deadline ?? .zero
            delays.append(until - bench.now)
            #expect(bench.advance(until - bench.now).spawns == 1)
        }
        #expect(delays.prefix(4) == [.milliseconds(10), .milliseconds(20), .milliseconds(40), .milliseconds(80)])
        #expect(delays.last == .seconds(30))
        #expect(bench.alarms == 1)
        bench.allReady()
        bench.send(.served(serial: bench.ready[0], jobs: 1))
        _ = bench.die(bench.ready[0])
        #expect(bench.state.deadline == bench.now + .milliseconds(10))
    }

    @Test("a program that cannot be started is tried again with the same delays")
    func spawnFails() {
        var bench = StateBench(SupervisorPolicy(processes: 1))
        _ = bench.state.handle([.start], now: .zero)
        let actions = bench.state.handle([.spawnFailed(serial: 1, why: "EAGAIN")], now: .zero)
        #expect(actions.spawns == 0 && bench.state.deadline == .milliseconds(10))
        #expect(bench.advance(.milliseconds(10)).spawns == 1)
    }

    @Test("a calm while forgives what was before it")
    func calms() {
        var bench = StateBench(SupervisorPolicy(processes: 2))
        bench.send(.start)
        bench.allReady()
        for _ in 1...3 {
            _ = bench.die(bench.ready[0])
            bench.advance(.milliseconds(100))
            bench.allReady()
        }
        bench.advance(.seconds(11))
        _ = bench.die(bench.ready[0])
        #expect(bench.state.deadline == bench.now + .milliseconds(10))
    }

    @Test("leaving with 0 by itself after work delays nothing, before any work it does")
    func leaves() {
        var bench = StateBench(SupervisorPolicy(processes: 1))
        bench.send(.start)
        bench.allReady()
        bench.send(.served(serial: 1, jobs: 1))
        #expect(bench.leave(1).spawns == 1)
        #expect(bench.leave(2).spawns == 0)
    }

    @Test("limits of jobs are spread over the last quarter, and none is below it or above the limit")
    func jitter() {
        var bench = StateBench(SupervisorPolicy(processes: 200, maxJobs: 100, maxAge: .seconds(100)))
        bench.send(.start)
        let limits = bench.state.children.values.compactMap(\.softLimit)
        #expect(limits.allSatisfy { (75...100).contains($0) } && Set(limits).count > 15)
        let ages = bench.state.children.values.compactMap(\.expiresAt)
        #expect(ages.allSatisfy { $0 >= .seconds(75) && $0 <= .seconds(100) } && Set(ages).count > 100)
    }

    @Test("a replacement is ready before the old one goes, and only a few are replaced at once")
    func recycles() {
        var bench = StateBench(SupervisorPolicy(processes: 8, maxJobs: 4))
        bench.send(.start)
        bench.allReady()
        for serial in bench.ready { bench.send(.served(serial: serial, jobs: 4)) }
        #expect(bench.starting.count == 2 && bench.retiring.isEmpty)
        #expect(bench.send(.ready(serial: bench.starting[0])).retired.count == 1)
        while !bench.starting.isEmpty {
            #expect(bench.starting.count <= 2 && bench.ready.count >= 8)
            bench.send(.ready(serial: bench.starting[0]))
        }
        #expect(bench.retiring.count == 8 && bench.ready.count == 8)
    }

    @Test("memory is read after work, at most once in a while, and one too large is replaced")
    func memory() {
        var bench = StateBench(SupervisorPolicy(processes: 1, maxMemory: 1000))
        bench.send(.start)
        bench.allReady()
        #expect(bench.send(.served(serial: 1, jobs: 1)).contains(.measure(serial: 1)))
        bench.send(.measured(serial: 1, bytes: 500))
        #expect(!bench.send(.served(serial: 1, jobs: 2)).contains(.measure(serial: 1)))
        #expect(bench.advance(.milliseconds(100)).contains(.measure(serial: 1)))
        #expect(bench.send(.measured(serial: 1, bytes: 1001)).spawns == 1)
        #expect(bench.send(.ready(serial: 2)).retired == [1])
    }

    @Test("TERM with nobody alive ends at once; a second TERM cuts; the deadline cuts")
    func drains() {
        var empty = StateBench(SupervisorPolicy(processes: 0))
        #expect(empty.send(.signal(.terminate)).end == .drained)

        var bench = StateBench(SupervisorPolicy(processes: 2))
        bench.send(.start)
        bench.allReady()
        #expect(bench.send(.signal(.terminate)).retired == [1, 2])
        #expect(bench.leave(1).end == nil)
        #expect(bench.send(.signal(.terminate)).killed == [2])
        #expect(bench.die(2).end == .cut(1))

        var late = StateBench(SupervisorPolicy(processes: 1, grace: .seconds(5)))
        late.send(.start)
        late.send(.signal(.terminate))
        #expect(late.state.deadline == .seconds(5))
        #expect(late.advance(.seconds(5)).killed == [1])
        #expect(late.die(1).contains(.gone(serial: 1, CauseOfDeath(signal: 9), .graceOver)))
    }

    @Test("a crash while draining is not replaced")
    func noRespawnWhileDraining() {
        var bench = StateBench(SupervisorPolicy(processes: 2))
        bench.send(.start)
        bench.send(.signal(.terminate))
        #expect(bench.die(1).spawns == 0)
        #expect(bench.die(2).end == .drained)
    }

    @Test("an aborted process gets its time for a backtrace, then SIGKILL")
    func aborts() {
        var bench = StateBench(SupervisorPolicy(processes: 1))
        bench.send(.start)
        bench.allReady()
        #expect(bench.send(.kill(serial: 1, aborting: true, because: "limit")).contains(.kill(serial: 1, signal: 6)))
        #expect(bench.advance(.seconds(5)).contains(.kill(serial: 1, signal: 9)))
        #expect(bench.die(1).contains(.gone(serial: 1, CauseOfDeath(signal: 9), .killed(because: "limit"))))
    }
}
