import Glibc
import Hakobi
import HakobiCore
import HakobiPrefork
import Testing

/// Jobs through real worker processes.
@Suite(.serialized, .timeLimit(.minutes(2))) struct CarryingTests {
    @Test func carriesJobsAndTheirOutcomes() async throws {
        try await Carrier.serve { carrier in
            #expect(carrier.runner.capacity.kinds.contains(try Kind("echo")))
            let echo = try job("echo", "hello")
            let fail = try job("fail", "no way")
            let outcomes = await carrier.run([echo, fail])
            #expect(outcomes[0] == .completed(result: echo.payload))
            #expect(outcomes[1] == .failed(error: "no way", .never))
            let report = carrier.ledger.content.settlements[0].report
            #expect(report.host == "here")
            #expect(report.release == "fixture-1")
            #expect(report.generation == 1)
            #expect(report.pid == carrier.workers[0])
        }
    }

    @Test func carriesManyThroughTwo() async throws {
        try await Carrier.serve(processes: 2) { carrier in
            let jobs = try (0..<5000).map { _ in try job("nothing") }
            let outcomes = await carrier.run(jobs)
            #expect(outcomes.allSatisfy { $0 == .completed(result: nil) })
            #expect(Set(carrier.ledger.content.settlements.map(\.lease)).count == 5000)
            #expect(Set(carrier.ledger.content.settlements.map(\.report.pid)).count == 2)
            #expect(carrier.runner.waiting == 0)
            #expect(carrier.runner.processes().map(\.jobsDone).dropFirst().reduce(0, +) == 5000)
        }
    }

    @Test func carriesAMebibyteThereAndBack() async throws {
        try await Carrier.serve { carrier in
            let text = String(repeating: "0123456789abcdef", count: 1 << 16)
            let jobs = try (0..<8).map { _ in try job("echo", text) }
            let outcomes = await carrier.run(jobs)
            #expect(outcomes.allSatisfy { $0 == .completed(result: jobs[0].payload) })
        }
    }

    @Test func carriesSettingsProgressAndFollowUps() async throws {
        try await Carrier.serve {
            $0.handlerSettings = [1, 2, 255]
        } _: { carrier in
            let asked = try job("settings")
            #expect(await carrier.run([asked]) == [.completed(result: Payload([1, 2, 255], codec: .raw))])
            let report = try job("report")
            #expect(await carrier.run([report]) == [.completed(result: nil)])
            let news = carrier.ledger.content.news
            #expect(news.first?.progress == Progress(done: 1, total: 2, note: "half"))
            #expect(news.first?.checkpoint == [1, 2, 3])
            #expect(news.last?.progress == Progress(done: 2, total: 2))
            #expect(news.allSatisfy { $0.lease == report.lease })
            #expect(carrier.ledger.content.settlements.last?.checkpoint == [1, 2, 3])
            _ = await carrier.run([try job("follow")])
            let follow = carrier.ledger.content.settlements.last?.followUps.first
            #expect(follow?.kind == (try Kind("next")))
            #expect(follow?.payload.bytes == [UInt8](#"{"number":7}"#.utf8))
            #expect(follow?.due == .after(.seconds(5)))
            #expect(follow?.uniqueKey == UniqueKey(try JobKey("one"), onConflict: .replace))
        }
    }

    @Test func concurrencyIsPerProcess() async throws {
        try await Carrier.serve(processes: 2, concurrency: 3) { carrier in
            #expect(carrier.runner.capacity.slots == 6)
            let jobs = try (0..<7).map { _ in try job("sleep", "100000") }
            carrier.runner.accept(jobs)
            try await carrier.until(running: 6)
            #expect(carrier.runner.waiting == 1)
            carrier.runner.stop(jobs[6].lease, because: .cancelRequested)
            for job in jobs[0..<6] { carrier.runner.stop(job.lease, because: .cancelRequested) }
            await carrier.ledger.until(settled: 7)
            #expect(
                carrier.ledger.content.settlements.allSatisfy { $0.outcome == .cancelled(reason: "cancel requested") })
        }
    }

    @Test func aSlotServesOnAfterACancel() async throws {
        try await Carrier.serve { carrier in
            let slow = try job("sleep", "100000")
            carrier.runner.accept([slow])
            try await carrier.until(running: 1)
            carrier.runner.stop(slow.lease, because: .cancelRequested)
            await carrier.ledger.until(settled: 1)
            #expect(await carrier.run([try job("sleep", "1")]) == [.completed(result: nil)])
        }
    }

    @Test func softLimitsAreKeptInTheChild() async throws {
        try await Carrier.serve { carrier in
            let outcome = await carrier.run([try job("limited")])[0]
            guard case .failed(let error, .after) = outcome else { throw Unexpected(outcome) }
            #expect(error.contains("soft time limit"))
        }
    }

    @Test func recallGivesBackWhatHasNotStarted() async throws {
        try await Carrier.serve { carrier in
            let slow = try job("sleep", "300")
            carrier.runner.accept([slow])
            try await carrier.until(running: 1)
            let others = try (0..<5).map { _ in try job("nothing") }
            carrier.runner.accept(others)
            carrier.runner.recall()
            await carrier.ledger.until(settled: 5)
            #expect(others.map(carrier.ledger.content.outcome) == Array(repeating: .returned, count: 5))
            await carrier.ledger.until(settled: 6)
            #expect(carrier.ledger.content.outcome(of: slow) == .completed(result: nil))
        }
    }

    @Test func jobsReadAheadBehindASlowOneGoToOthers() async throws {
        try await Carrier.serve(processes: 2) { carrier in
            // Fast jobs make the parent give ahead; then slow ones block, with fast ones behind them.
            _ = await carrier.run(try (0..<2000).map { _ in try job("nothing") })
            let blocked = try job("block", "3000")
            carrier.runner.accept([blocked])
            try await carrier.until(running: 1)
            let begun = ContinuousClock.now
            let outcomes = await carrier.run(try (0..<50).map { _ in try job("nothing") })
            #expect(outcomes.allSatisfy { $0 == .completed(result: nil) })
            #expect(ContinuousClock.now - begun < .milliseconds(2500))
            carrier.runner.stop(blocked.lease, because: .leaseLost)
            await carrier.ledger.until(settled: 2051)
        }
    }

    @Test func handlersThatBlockTheirThreadsStopNeitherTheOtherSlotsNorThePipe() async throws {
        // More than any machine's cooperative pool has threads.
        let blockers = sysconf(Int32(_SC_NPROCESSORS_ONLN)) + 2
        try await Carrier.serve(concurrency: blockers + 2) { carrier in
            let blocked = try (0..<blockers).map { _ in try job("block", "5000") }
            carrier.runner.accept(blocked)
            try await carrier.until(running: blockers)
            let begun = ContinuousClock.now
            let slow = try job("sleep", "100000")
            carrier.runner.accept([slow])
            try await carrier.until(running: blockers + 1)
            let outcomes = await carrier.run(try (0..<200).map { _ in try job("fan") })
            #expect(outcomes.allSatisfy { $0 == .completed(result: nil) })
            carrier.runner.stop(slow.lease, because: .cancelRequested)
            await carrier.ledger.until { $0.outcome(of: slow) != nil }
            #expect(carrier.ledger.content.outcome(of: slow) == .cancelled(reason: "cancel requested"))
            #expect(ContinuousClock.now - begun < .milliseconds(4500))
            #expect(blocked.allSatisfy { carrier.ledger.content.outcome(of: $0) == nil })
            await carrier.ledger.until(settled: blockers + 201)
        }
    }

    @Test func handlersSeeADrain() async throws {
        try await Carrier.serve { carrier in
            carrier.runner.accept([try job("draining")])
            try await carrier.until(running: 1)
            carrier.runner.drain()
            await carrier.ledger.until(settled: 1)
            #expect(carrier.ledger.content.settlements[0].outcome == .completed(result: nil))
        }
    }

    @Test func processesAreRecycledBetweenJobs() async throws {
        try await Carrier.serve(maxJobs: 20) { carrier in
            let outcomes = await carrier.run(try (0..<100).map { _ in try job("nothing") })
            #expect(outcomes.allSatisfy { $0 == .completed(result: nil) })
            #expect(Set(carrier.ledger.content.settlements.map(\.report.pid)).count >= 5)
        }
    }

    @Test func unknownKindsGoBack() async throws {
        try await Carrier.serve { carrier in
            let stranger = try job("stranger")
            carrier.runner.accept([stranger])
            kill(carrier.workers[0], SIGKILL)
            await carrier.ledger.until(settled: 1)
            #expect(carrier.ledger.content.outcome(of: stranger) == .returned)
        }
    }
}

struct Unexpected: Error {
    let outcome: Outcome?
    init(_ outcome: Outcome?) { self.outcome = outcome }
}
