import Glibc
import HakobiPrefork
import Testing

/// The table of signals, with a real parent and real signals: idle, starting, working, twice in a row.
@Suite(.timeLimit(.minutes(isSoak ? 10 : 1)))
struct SignalTests {
    @Test("TERM and INT: everybody leaves, nobody is killed", arguments: [SIGTERM, SIGINT])
    func drains(signal: Int32) async throws {
        let parent = try ParentFixture()
        try await parent.heard("ready", times: 2)
        parent.signal(signal)
        await parent.over()
        #expect(parent.lines.last == "end drained")
        #expect(parent.lines.contains("drain"))
        for worker in parent.workers { #expect(!isRunning(worker)) }
    }

    @Test("TERM twice in a row while idle still ends well")
    func drainsTwice() async throws {
        let parent = try ParentFixture()
        try await parent.heard("ready", times: 2)
        parent.signal(SIGTERM)
        parent.signal(SIGTERM)
        await parent.over()
        #expect(parent.lines.last?.hasPrefix("end ") == true)
    }

    @Test("TERM before anybody is ready")
    func drainsAtStart() async throws {
        let parent = try ParentFixture(mode: "hang", environment: ["FIXTURE_GRACE": "1"])
        try await parent.heard("spawned")
        parent.signal(SIGTERM)
        await parent.over()
        #expect(parent.lines.last?.hasPrefix("end ") == true)
        for worker in parent.workers { #expect(!isRunning(worker)) }
    }

    @Test("TERM while a job runs: it ends first, and was served")
    func drainsAtWork() async throws {
        let parent = try ParentFixture(mode: "slow", work: "work")
        try await parent.heard("ready", times: 2)
        parent.signal(SIGTERM)
        await parent.over()
        #expect(parent.lines.last == "end drained")
    }

    @Test("a job that never ends is cut after the grace, and named")
    func graceOver() async throws {
        let parent = try ParentFixture(processes: 1, work: "hang", environment: ["FIXTURE_GRACE": "1"])
        try await parent.heard("ready")
        parent.signal(SIGTERM)
        await parent.over()
        #expect(parent.lines.last == "end cut(1)")
        #expect(parent.lines.contains { $0.hasPrefix("warning: cutting worker process \(parent.workers[0])") })
    }

    @Test("a second TERM cuts at once")
    func cut() async throws {
        // The grace does not end before the second signal, however late a busy machine lets this test send it.
        let parent = try ParentFixture(processes: 1, work: "hang", environment: ["FIXTURE_GRACE": "50"])
        try await parent.heard("ready")
        parent.signal(SIGTERM)
        try await parent.heard("drain")
        parent.signal(SIGTERM)
        await parent.over()
        #expect(parent.lines.contains { $0.hasSuffix("a second TERM came") })
        #expect(parent.lines.last == "end cut(1)")
    }

    @Test("HUP: a new generation, idle, at work and twice in a row", arguments: ["", "work"])
    func reloads(work: String) async throws {
        let parent = try ParentFixture(mode: "slow", work: work.isEmpty ? nil : work)
        try await parent.heard("ready", times: 2)
        parent.signal(SIGHUP)
        try await parent.heard("notice: generation 2 serves")
        parent.signal(SIGHUP)
        parent.signal(SIGHUP)
        try await parent.heard("notice: generation 3 serves")
        parent.signal(SIGTERM)
        await parent.over()
        #expect(parent.lines.last == "end drained")
        #expect(parent.lines.filter { $0.hasPrefix("exited") }.allSatisfy { $0.hasSuffix("asked") })
    }

    @Test("HUP while the first generation is starting")
    func reloadsAtStart() async throws {
        let parent = try ParentFixture()
        try await parent.heard("spawned")
        parent.signal(SIGHUP)
        try await parent.heard("notice: generation 2 serves")
        parent.signal(SIGTERM)
        await parent.over()
        #expect(parent.lines.last == "end drained")
    }

    @Test("TSTP and CONT: quiet and back, once each however often they come; TTIN and TTOU: one more, one less")
    func quietAndCount() async throws {
        let parent = try ParentFixture()
        try await parent.heard("ready", times: 2)
        for _ in 1...2 {
            parent.signal(SIGTSTP)
            try await parent.heard("quiet true")
        }
        for _ in 1...2 {
            parent.signal(SIGCONT)
            try await parent.heard("quiet false")
        }
        parent.signal(SIGTTIN)
        try await parent.heard("ready", times: 3)
        parent.signal(SIGTTOU)
        try await parent.heard("exited")
        parent.signal(SIGTERM)
        await parent.over()
        #expect(parent.lines.filter { $0.hasPrefix("quiet") } == ["quiet true", "quiet false"])
        #expect(parent.workers.count == 3)
    }

    @Test("USR1: the state of every process, and the logs opened anew")
    func reports() async throws {
        let parent = try ParentFixture()
        try await parent.heard("ready", times: 2)
        parent.signal(SIGUSR1)
        try await parent.heard("reopen")
        for worker in parent.workers {
            #expect(parent.lines.contains { $0.hasPrefix("notice: worker process \(worker): generation 1, ") })
        }
        #expect(parent.lines.contains("state"))
        parent.signal(SIGTERM)
        await parent.over()
    }

    @Test("kill -9 of the parent: its processes leave by themselves")
    func orphans() async throws {
        let parent = try ParentFixture()
        try await parent.heard("ready", times: 2)
        parent.signal(SIGKILL)
        // Their end of the output is the last to close.
        await parent.over()
        for worker in parent.workers { while isRunning(worker) { await Task.yield() } }
    }

    @Test("after many recycled processes the parent has no descriptor more")
    func descriptors() async throws {
        let count = isSoak ? 10_000 : 200
        let parent = try ParentFixture(work: "work", environment: ["FIXTURE_MAX_JOBS": "1"])
        try await parent.heard("exited", times: count)
        parent.signal(SIGTERM)
        await parent.over()
        let line = try #require(parent.lines.first { $0.hasPrefix("descriptors") })
        let more = try #require(Int(line.split(separator: " ")[1]))
        // The pipe of the signals stays open, and Dispatch has begun to keep a few of its own.
        #expect(more <= 6, "\(line)")
        #expect(parent.lines.last == "end drained")
    }
}
