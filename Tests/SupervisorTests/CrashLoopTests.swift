import Glibc
import HakobiPrefork
import Logging
import SupervisorFixtures
import Testing

/// Programs that do not work.
@Suite(.timeLimit(.minutes(1)))
struct CrashLoopTests {
    @Test("a program that dies at once is tried again, ever later", arguments: ["crash", "leave"])
    func backsOff(mode: String) async throws {
        try await supervising(SupervisorPolicy(processes: 2), command(mode)) { _, feeder in
            let start = ContinuousClock.now
            await feeder.until { $0.gone.count >= 8 }
            // 10 + 20 + 40 … ms between them: without delay it would be over in a twentieth of that.
            #expect(ContinuousClock.now - start > .milliseconds(300))
            #expect(feeder.record.gone.allSatisfy { $0.kind == .unasked })
        }
    }

    @Test("no program at the start is an error that says which, and starts nothing")
    func refused() async throws {
        var program = command()
        program.executable = "/nonexistent/worker"
        let settings = SupervisorSettings(command: program, policy: SupervisorPolicy(processes: 1))
        let supervisor = Supervisor(
            settings, observer: Feeder(), logger: Logger(label: "test"), handlesSignals: false)
        await #expect {
            try await supervisor.run()
        } throws: {
            "\($0)".contains("/nonexistent/worker")
        }
    }
}
