import Glibc
import HakobiPrefork
import SupervisorFixtures
import Synchronization
import Testing

/// HUP: the new generation serves before the old one goes.
@Suite(.timeLimit(.minutes(1)))
struct GenerationTests {
    func settings(_ mode: String = "", processes: Int = 2) -> SupervisorSettings {
        var policy = SupervisorPolicy(processes: processes)
        policy.readyLimit = .milliseconds(1500)
        return SupervisorSettings(command: command(mode), policy: policy)
    }

    @Test("all of the new generation is ready before any of the old one goes")
    func rolls() async throws {
        let next = settings(processes: 3)
        let feeder = Feeder(onReload: { next })
        try await supervising(SupervisorPolicy(processes: 2), feeder: feeder) { supervisor, feeder in
            await feeder.until { $0.ready.count == 2 }
            supervisor.signal(.reload)
            await feeder.until { $0.seen.values.contains(where: \.isRetired) }
            #expect(feeder.record.ready.count { $0.process.generation == 2 } == 3)
            await feeder.until { $0.gone.count == 2 }
            #expect(feeder.record.gone.allSatisfy { $0.process.generation == 1 && $0.kind == .asked })
        }
    }

    @Test("many reloads in a row end with one generation, none killed, and one alive all the time")
    func manyInARow() async throws {
        let next = settings()
        let feeder = Feeder(work: "work", onReload: { next })
        try await supervising(SupervisorPolicy(processes: 2), feeder: feeder) { supervisor, feeder in
            await feeder.until { $0.ready.count == 2 }
            for round in 1...10 {
                supervisor.signal(.reload)
                supervisor.signal(.reload)
                await feeder.until { $0.reloads >= round + 1 }
                #expect(feeder.record.ready.count >= 2)
            }
            await feeder.until { record in record.alive.count == 2 && record.ready.count == 2 }
            feeder.work(nil)
            #expect(Set(feeder.record.ready.map(\.process.generation)).count == 1)
            let unplanned = feeder.record.gone.filter { $0.kind != .asked }
            #expect(unplanned.isEmpty, "\(unplanned)")
        }
    }

    @Test(
        "a new generation that dies or hangs at its start, or is not there, leaves the old one serving",
        arguments: ["crash", "hang", "missing"])
    func abandons(mode: String) async throws {
        var next = settings(mode)
        next.policy.exitLimit = .milliseconds(100)
        if mode == "missing" { next.command.executable = "/nonexistent/worker" }
        let broken = next
        let feeder = Feeder(onReload: { broken })
        var policy = SupervisorPolicy(processes: 2)
        policy.readyLimit = .milliseconds(1500)
        policy.exitLimit = .milliseconds(100)
        try await supervising(policy, feeder: feeder) { supervisor, feeder in
            await feeder.until { $0.ready.count == 2 }
            supervisor.signal(.reload)
            await feeder.until { $0.reloads == 1 }
            if mode != "missing" { await feeder.until { $0.gone.count == 2 } }
            #expect(feeder.record.ready.map(\.process.generation) == [1, 1])
            // And the next reload is a new chance.
            supervisor.signal(.reload)
            await feeder.until { $0.reloads == 2 }
            #expect(feeder.record.ready.map(\.process.generation) == [1, 1])
        }
    }

    @Test("settings that cannot be read leave the old generation serving")
    func unreadable() async throws {
        try await supervising(SupervisorPolicy(processes: 1)) { supervisor, feeder in
            await feeder.until { $0.ready.count == 1 }
            supervisor.signal(.reload)
            await feeder.until { $0.reloads == 1 }
            #expect(feeder.record.seen.count == 1 && feeder.record.ready.count == 1)
        }
    }

    @Test("a replaced file is not picked up by a respawn, only by a reload")
    func image() async throws {
        let folder = "/tmp/hakobi-supervisor-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        #expect(mkdir(folder, 0o700) == 0)
        let path = folder + "/worker"
        try copy(Program.worker, to: path)
        defer {
            unlink(path)
            rmdir(folder)
        }
        var program = command("report")
        program.executable = path
        let next = SupervisorSettings(command: program, policy: SupervisorPolicy(processes: 1))
        let feeder = Feeder(onReload: { next })
        try await supervising(SupervisorPolicy(processes: 1), program, feeder: feeder) { supervisor, feeder in
            await feeder.until { $0.ready.count == 1 }
            unlink(path)
            try copy(Program.worker, to: path)
            kill(feeder.record.ready[0].process.pid, SIGKILL)
            await feeder.until { $0.gone.count == 1 && $0.ready.count == 1 }
            #expect(feeder.record.ready[0].lines.contains("exe \(path) (deleted)"))
            supervisor.signal(.reload)
            await feeder.until { $0.ready.contains { $0.process.generation == 2 } }
            #expect(feeder.record.ready.last?.lines.contains("exe \(path)") == true)
        }
    }

    func copy(_ source: String, to target: String) throws {
        let from = try #require(fopen(source, "re"))
        let to = try #require(fopen(target, "we"))
        defer { fclose(from) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&bytes, 1, bytes.count, from), count > 0 { fwrite(bytes, 1, count, to) }
        fclose(to)
        chmod(target, 0o700)
    }
}
