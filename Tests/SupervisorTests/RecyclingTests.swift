import Glibc
import HakobiPrefork
import SupervisorFixtures
import Testing

/// Processes that go by plan, one after the other, without a gap.
@Suite(.timeLimit(.minutes(isSoak ? 10 : 1)))
struct RecyclingTests {
    @Test("leaves after its jobs, between three quarters of the limit and the limit")
    func byJobs() async throws {
        let feeder = Feeder(work: "work")
        try await supervising(SupervisorPolicy(processes: 2, maxJobs: 40), feeder: feeder) { _, feeder in
            await feeder.until { $0.gone.count >= 10 }
            feeder.work(nil)
            let served = feeder.record.gone.map(\.served)
            #expect(served.allSatisfy { (30...40).contains($0) }, "\(served)")
        }
        #expect(feeder.record.gone.allSatisfy { $0.kind == .asked })
    }

    @Test("a limit of one job with one process does not hang")
    func oneJobEach() async throws {
        let feeder = Feeder(work: "work")
        try await supervising(SupervisorPolicy(processes: 1, maxJobs: 1), feeder: feeder) { _, feeder in
            await feeder.until { $0.gone.count >= 20 }
            feeder.work(nil)
            #expect(feeder.record.gone.allSatisfy { $0.served == 1 })
        }
    }

    @Test("leaves when it has grown too large")
    func byMemory() async throws {
        let feeder = Feeder(work: "grow")
        let policy = SupervisorPolicy(processes: 1, maxMemory: 100 << 20)
        try await supervising(policy, feeder: feeder) { _, feeder in
            await feeder.until { $0.gone.count >= 2 }
            feeder.work(nil)
            #expect(feeder.record.gone.allSatisfy { $0.kind == .asked && $0.served >= 3 })
        }
    }

    @Test("leaves when it is too old, idle or not, and never without a ready one in its place")
    func byAge() async throws {
        let policy = SupervisorPolicy(processes: 2, maxAge: .milliseconds(150))
        try await supervising(policy) { _, feeder in
            await feeder.until { $0.ready.count == 2 }
            await feeder.until { $0.gone.count >= 6 || $0.ready.count < 2 }
            #expect(feeder.record.ready.count >= 2)
        }
    }

    @Test("recycled processes leave no zombie and no descriptor behind")
    func soak() async throws {
        let count = isSoak ? 10_000 : 300
        let feeder = Feeder(work: "work")
        try await supervising(SupervisorPolicy(processes: 2, maxJobs: 1), feeder: feeder) { _, feeder in
            await feeder.until { $0.closed >= count }
            feeder.work(nil)
            #expect(feeder.record.gone.allSatisfy { $0.kind == .asked })
        }
        // Reaped, so that waiting for any of them again is an error of its own.
        // (A number may have come round and be another test's child by now.)
        for seen in feeder.record.seen.values where !isRunning(seen.process.pid) {
            #expect(waitpid(seen.process.pid, nil, WNOHANG) == -1)
        }
    }

    @Test("grows when all are at work and shrinks when they idle, within its bounds")
    func spare() async throws {
        let policy = SupervisorPolicy(processes: 6, spare: 1...2)
        try await supervising(policy, command("slow")) { _, feeder in
            await feeder.until { $0.ready.count == 1 }
            feeder.work("work")
            await feeder.until { $0.ready.count == 6 }
            #expect(feeder.record.seen.count == 6)
            feeder.work(nil)
            await feeder.until { $0.ready.count == 2 }
        }
    }
}
