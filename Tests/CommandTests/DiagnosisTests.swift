import HakobiCore
import Testing

@testable import HakobiCommand
@testable import HakobiPrograms

@Suite("doctor judges facts")
struct DiagnosisTests {
    private func facts(_ change: (inout StoreFacts) throws -> Void) rethrows -> [Finding] {
        var facts = StoreFacts(
            schema: (1, 1), stats: StoreStats(states: [:], lanes: [], takenAt: Timestamp(microseconds: 0)), paused: [],
            workers: [], owners: [], clockSkew: .zero)
        try change(&facts)
        return Diagnosis.findings(facts)
    }

    private func lane(_ kind: String, ready: Int, oldest: Duration = .seconds(1)) throws -> StoreStats.Lane {
        StoreStats.Lane(queue: .default, kind: try Kind(kind), isPaused: false, ready: ready, oldestReady: oldest)
    }

    private func worker(_ kinds: [String], silence: Duration = .seconds(1)) throws -> RegisteredWorker {
        let report = WorkerReport(
            owner: Owner(node: "h", boot: "b", incarnation: "i"), queues: [], kinds: try kinds.map { try Kind($0) },
            slots: 2, isQuiet: false, processes: [])
        return RegisteredWorker(report: report, silence: silence)
    }

    private func bad(_ findings: [Finding]) -> [String] { findings.filter { $0.level != .ok }.map(\.subject) }

    @Test func anEmptyStoreIsWell() { #expect(bad(facts { _ in }).isEmpty) }

    @Test func waitingJobsNeedAWorker() throws {
        #expect(try bad(facts { $0.stats.lanes = [try lane("a", ready: 1)] }) == ["workers"])
    }

    @Test func waitingJobsNeedAHandler() throws {
        let found = try facts {
            $0.stats.lanes = [try lane("a", ready: 1), try lane("b", ready: 1)]
            $0.workers = [try worker(["a"])]
            $0.owners = $0.workers.map(\.report.owner)
        }
        #expect(bad(found) == ["kinds"])
        #expect(found.first { $0.subject == "kinds" }?.level == .fail)
    }

    @Test func silentOwnersPausedQueuesOldAndDeadJobsSchemaAndClock() throws {
        let found = try facts {
            $0.schema = (1, 2)
            $0.stats.lanes = [try lane("a", ready: 1, oldest: .seconds(3600))]
            $0.stats.states[.dead] = 4
            $0.workers = [try worker(["a"]), try worker(["a"], silence: .seconds(100))]
            $0.owners = [Owner(node: "gone", boot: "b", incarnation: "j"), $0.workers[0].report.owner]
            $0.clockSkew = .seconds(-60)
        }
        #expect(bad(found) == ["schema", "leases", "oldest job", "dead jobs", "clock"])
        // Dates that this machine gives to jobs are wrong by as much.
        #expect(found.last?.level == .fail && found.last?.sentence.contains("timedatectl") == true)
        #expect(bad(facts { $0.clockSkew = .seconds(4) }).isEmpty)
        let paused = try facts {
            $0.stats.lanes = [try lane("a", ready: 1, oldest: .seconds(3600))]
            $0.paused = [.default]
            $0.workers = [try worker(["a"])]
            $0.owners = $0.workers.map(\.report.owner)
        }
        #expect(bad(paused) == ["paused queues"])
    }
}

@Suite("ps says what is true now")
struct ProcessLineTests {
    @Test func aJobHasRunOnSinceTheLastWordOfIt() throws {
        let process = ProcessReport(
            pid: 7, role: "worker", generation: 1, release: "r", state: "busy",
            jobs: [ProcessReport.RunningJob(id: "i", kind: "nap", since: 28_000)], jobsDone: 0, residentBytes: 1,
            startedAt: 0)
        let report = WorkerReport(
            owner: Owner(node: "h", boot: "b", incarnation: "i"), queues: [], kinds: [], slots: 1, isQuiet: false,
            processes: [process])
        let worker = RegisteredWorker(report: report, silence: .seconds(3))
        let line = try #require(ProcessLine.all(of: [worker], now: Timestamp(microseconds: 4_000_000)).first)
        #expect(line.time(process.jobs[0]) == .microseconds(3_028_000))
        #expect(line.age == .seconds(4))
        #expect("\(line.json)".contains("forSeconds"))
    }
}

@Suite("Which program an exec rule runs")
struct ExecSearchTests {
    @Test(
        arguments: [
            ("cat", "cat"), ("/bin/x -a", "/bin/x"), ("A=1 B=2 cat x", "cat"), ("cd /tmp && ls", nil), ("$X y", nil),
            ("(a; b)", nil), ("if true; then x; fi", nil), ("cat>out", nil),
        ] as [(String, String?)])
    func found(_ command: String, _ program: String?) { #expect(ExecSearch.program(of: command) == program) }

    @Test(arguments: [
        ("/bin/sh", nil), ("/no/such", ""), ("/tmp -x", ": that is a folder"),
        ("/etc/passwd", ": that file may not be executed"),
    ])
    func whatCannotBeRunIsSaidWithItsReason(_ command: String, _ reason: String?) throws {
        let name = try #require(command.split(separator: " ").first)
        let sentence = reason.map { "there is no program \"\(name)\" to be a worker\($0)" }
        #expect(ExecSearch.problems([], workers: [command], path: "/bin") == [sentence].compactMap(\.self))
    }

    @Test(arguments: [
        ("cat", true), ("python3 'my worker.py' -v", true), ("$X y", false), ("A=1 cat", false), ("cd x && y", false),
        ("a; b", false), ("a | b", false), ("exec a", false), ("", false),
    ])
    func noShellStaysBeforeOneProgram(_ command: String, _ isPlain: Bool) {
        #expect(ExecSearch.withoutShell(command) == (isPlain ? "exec \(command)" : command))
    }
}
