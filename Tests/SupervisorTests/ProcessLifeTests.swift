import Glibc
import HakobiCore
import HakobiPrefork
import SupervisorFixtures
import Testing

/// Real processes: spawned, fed, killed, replaced, gone.
@Suite(.timeLimit(.minutes(1)))
struct ProcessLifeTests {
    @Test("keeps as many as it was told, and all of them leave when it drains")
    func keepsCount() async throws {
        let feeder = Feeder()
        let end = try await supervising(SupervisorPolicy(processes: 3), feeder: feeder) { _, feeder in
            await feeder.until { $0.ready.count == 3 }
            #expect(feeder.record.ready.count == 3)
            #expect(feeder.record.ready.allSatisfy { isRunning($0.process.pid) && $0.process.generation == 1 })
        }
        #expect(end == .drained)
        #expect(feeder.record.seen.values.allSatisfy { $0.kind == .asked && $0.cause?.exitCode == 0 })
    }

    @Test("replaces a killed process, and tells the signal")
    func replacesKilled() async throws {
        try await supervising(SupervisorPolicy(processes: 2)) { _, feeder in
            await feeder.until { $0.ready.count == 2 }
            let victim = feeder.record.ready[0].process
            kill(victim.pid, SIGKILL)
            await feeder.until { $0.ready.count == 2 && $0.gone.count == 1 }
            let gone = try #require(feeder.record.gone.first)
            #expect(gone.process == victim)
            #expect(gone.cause?.signal == SIGKILL)
            #expect(gone.kind == .unasked)
        }
    }

    @Test("kills a process that hangs before its hello")
    func neverReady() async throws {
        var policy = SupervisorPolicy(processes: 1)
        policy.readyLimit = .milliseconds(100)
        policy.exitLimit = .milliseconds(100)
        try await supervising(policy, command("hang")) { _, feeder in
            await feeder.until { $0.gone.count >= 2 }
            #expect(feeder.record.gone.allSatisfy { $0.kind == .neverReady })
        }
    }

    @Test("kills a process that does not leave when its pipe is closed")
    func stuck() async throws {
        var policy = SupervisorPolicy(processes: 1)
        policy.exitLimit = .milliseconds(100)
        let feeder = Feeder()
        let end = try await supervising(policy, command("stubborn"), feeder: feeder) { _, feeder in
            await feeder.until { $0.ready.count == 1 }
        }
        #expect(feeder.record.gone.map(\.kind) == [.stuck])
        #expect(end == .drained)
    }

    @Test("cuts what still works when the grace is over, and says how many")
    func graceOver() async throws {
        let feeder = Feeder()
        let policy = SupervisorPolicy(processes: 2, grace: .milliseconds(200))
        let end = try await supervising(policy, feeder: feeder) { _, feeder in
            await feeder.until { $0.ready.count == 2 }
            feeder.give(feeder.record.ready[0].process.serial, "hang")
        }
        #expect(end == .cut(1))
        #expect(Set(feeder.record.gone.compactMap(\.kind)) == [.asked, .graceOver])
    }

    @Test("kills at once when asked, with the reason on the last word, and starts another")
    func hardLimit() async throws {
        try await supervising(SupervisorPolicy(processes: 1)) { supervisor, feeder in
            await feeder.until { $0.ready.count == 1 }
            let serial = feeder.record.ready[0].process.serial
            feeder.give(serial, "hang")
            supervisor.kill(serial, because: "hard limit")
            await feeder.until { $0.ready.count == 1 && $0.gone.count == 1 }
            #expect(feeder.record.gone[0].kind == .killed(because: "hard limit"))
            #expect(feeder.record.gone[0].cause?.signal == SIGKILL)
        }
    }

    @Test("sends SIGABRT first when a backtrace is wanted")
    func aborting() async throws {
        try await supervising(SupervisorPolicy(processes: 1)) { supervisor, feeder in
            await feeder.until { $0.ready.count == 1 }
            supervisor.kill(feeder.record.ready[0].process.serial, aborting: true, because: "hard limit")
            await feeder.until { $0.gone.count == 1 }
            #expect(feeder.record.gone[0].cause?.signal == SIGABRT)
        }
    }

    @Test("a lonely process does one job and goes; the others are not touched")
    func lonely() async throws {
        let feeder = Feeder()
        try await supervising(SupervisorPolicy(processes: 1), feeder: feeder) { supervisor, feeder in
            await feeder.until { $0.ready.count == 1 }
            supervisor.wantLonely(1)
            await feeder.until { $0.ready.count == 2 }
            let lonely = try #require(feeder.record.ready.last)
            #expect(lonely.process.isLonely && lonely.process.jobLimit == 1)
            supervisor.wantLonely(0)
            feeder.give(lonely.process.serial, "work")
            await feeder.until { $0.gone.count == 1 }
            #expect(feeder.record.gone[0].kind == .asked)
            #expect(feeder.record.ready.map(\.process.isLonely) == [false])
        }
    }
}
