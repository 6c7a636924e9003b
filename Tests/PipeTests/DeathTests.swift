import Glibc
import Hakobi
import HakobiCore
import HakobiPrefork
import Testing

/// What real deaths are charged to.
@Suite(.serialized, .timeLimit(.minutes(2))) struct DeathTests {
    @Test func aCrashIsChargedToTheOneThatRan() async throws {
        try await Carrier.serve { carrier in
            let slow = try job("sleep", "100000")
            let waiting = try job("nothing")
            carrier.runner.accept([slow, waiting])
            try await carrier.until(running: 1)
            let pid = carrier.workers[0]
            kill(pid, SIGKILL)
            await carrier.ledger.until(settled: 2)
            guard case .crashed(let cause, let error, 2) = carrier.ledger.content.outcome(of: slow) else {
                throw Unexpected(carrier.ledger.content.outcome(of: slow))
            }
            #expect(cause.signal == SIGKILL)
            #expect(error == "the worker process was ended by SIGKILL while running this job")
            #expect(carrier.ledger.content.settlements.first { $0.lease == slow.lease }?.report.pid == pid)
            // The neighbour was never touched: the replacement ran it.
            #expect(carrier.ledger.content.outcome(of: waiting) == .completed(result: nil))
        }
    }

    @Test func ofSeveralEachBecomesASuspect() async throws {
        try await Carrier.serve(concurrency: 4) { carrier in
            let slow = try (0..<4).map { _ in try job("sleep", "100000") }
            let waiting = try (0..<3).map { _ in try job("nothing") }
            carrier.runner.accept(slow + waiting)
            try await carrier.until(running: 4)
            kill(carrier.workers[0], SIGKILL)
            await carrier.ledger.until(settled: 7)
            for job in slow {
                guard case .suspected = carrier.ledger.content.outcome(of: job) else {
                    throw Unexpected(carrier.ledger.content.outcome(of: job))
                }
            }
            for job in waiting { #expect(carrier.ledger.content.outcome(of: job) == .completed(result: nil)) }
        }
    }

    @Test func aTrapAndAnExitAreCrashesToo() async throws {
        try await Carrier.serve { carrier in
            guard case .crashed(let trap, _, _) = await carrier.run([try job("crash")])[0] else {
                throw Unexpected(carrier.ledger.content.settlements.last?.outcome)
            }
            #expect(trap.signal == SIGILL || trap.signal == SIGTRAP)
            guard case .crashed(let left, let error, _) = await carrier.run([try job("leave")])[0] else {
                throw Unexpected(carrier.ledger.content.settlements.last?.outcome)
            }
            #expect(left.exitCode == 3)
            #expect(error.contains("left with exit code 3"))
        }
    }

    @Test func whatEndedBeforeACrashIsNotChargedWithIt() async throws {
        try await Carrier.serve(concurrency: 2) { carrier in
            let done = try (0..<20).map { _ in try job("nothing") }
            let crash = try job("crash")
            let outcomes = await carrier.run(done + [crash])
            for outcome in outcomes.dropLast() {
                switch outcome {
                // An outcome that was still in the dead process's memory is lost: the job runs again, uncharged.
                case .completed, .interrupted: break
                default: throw Unexpected(outcome)
                }
            }
            guard case .crashed = outcomes[20] else { throw Unexpected(outcomes[20]) }
        }
    }

    @Test func aHardLimitEndsTheProcessAndSparesTheNeighbours() async throws {
        try await Carrier.serve(concurrency: 2) { carrier in
            let slow = try job("sleep", "100000")
            carrier.runner.accept([slow])
            try await carrier.until(running: 1)
            let hang = try job("hang")
            carrier.runner.accept([hang])
            await carrier.ledger.until(settled: 2)
            guard case .failed(let error, .after) = carrier.ledger.content.outcome(of: hang) else {
                throw Unexpected(carrier.ledger.content.outcome(of: hang))
            }
            #expect(error.contains("hard time limit of 0.2 seconds passed"))
            guard case .interrupted = carrier.ledger.content.outcome(of: slow) else {
                throw Unexpected(carrier.ledger.content.outcome(of: slow))
            }
        }
    }

    @Test func aSuspectRunsAloneInAProcessOfItsOwn() async throws {
        try await Carrier.serve(concurrency: 2) { carrier in
            #expect(carrier.runner.capacity.lonelySlots == 1)
            let ordinary = carrier.workers
            let suspects = [try job("nothing", suspect: true), try job("crash", suspect: true)]
            let neighbour = try job("sleep", "200")
            let outcomes = await carrier.run(suspects + [neighbour])
            #expect(outcomes[0] == .completed(result: nil))
            guard case .crashed = outcomes[1] else { throw Unexpected(outcomes[1]) }
            #expect(outcomes[2] == .completed(result: nil))
            let pids = suspects.map { suspect in
                carrier.ledger.content.settlements.first { $0.lease == suspect.lease }?.report.pid
            }
            #expect(pids[0] != pids[1])
            #expect(!pids.contains { $0.map(ordinary.contains) ?? true })
            #expect(carrier.workers.contains(ordinary[0]))
        }
    }

    @Test func aStoppedChildHoldsUpNobodyElse() async throws {
        try await Carrier.serve(processes: 2) { carrier in
            let stopped = carrier.workers[0]
            kill(stopped, SIGSTOP)
            defer { kill(stopped, SIGCONT) }
            // Large enough to fill the stopped one's socket, so that writing to it blocks whoever would wait.
            let text = String(repeating: "x", count: 1 << 20)
            let jobs = try (0..<20).map { _ in try job("echo", text) }
            carrier.runner.accept(jobs)
            await carrier.ledger.until(settled: 19)
            #expect(carrier.ledger.content.settlements.allSatisfy { $0.report.pid != stopped })
            kill(stopped, SIGCONT)
            await carrier.ledger.until(settled: 20)
        }
    }
}
