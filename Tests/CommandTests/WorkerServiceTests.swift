import Foundation
import HakobiCore
import Testing

/// A real service with real worker programs, end to end.
@Suite("Worker programs", .timeLimit(.minutes(5)))
struct WorkerServiceTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    private static let python = "python3 \(root)/Examples/workers/worker.py"
    private static let misbehaving = "python3 \(root)/Tests/Fixtures/Workers/misbehave.py"

    let folder: Folder

    init() throws { folder = try Folder() }

    private func enqueue(_ kind: String, _ payload: String = "null", _ flags: String...) async throws -> String {
        let made = try await Running(Built.hakobi, ["enqueue", kind, payload] + flags, in: folder).end()
        return try #require(made.lines.first, "\(made.error)")
    }

    private func show(_ id: String) async throws -> [String: Any] {
        try await hakobi("show", id, "--json", in: folder).object()
    }

    private func history(_ job: [String: Any]) -> [[String: Any]] { job["history"] as? [[String: Any]] ?? [] }

    private func service(_ flags: [String]) throws -> Running { try Running(Built.hakobi, ["up"] + flags, in: folder) }

    private func end(_ service: Running) async {
        service.send(SIGTERM)
        #expect(await service.end().status == 0, "\(service.error)")
    }

    /// The worker program below a process, through its guard.
    private func programs(of pid: Int32) -> [Int32] {
        children(of: pid).flatMap { processName($0) == "hakobi-guard" ? children(of: $0) : programs(of: $0) }
    }

    /// The worker processes below the service.
    private func workers(of pid: Int32) -> [Int32] {
        children(of: pid).filter { !programs(of: $0).isEmpty }
    }

    @Test(arguments: [0, 2]) func jobsAndFollowUpsAreDone(processes: Int) async throws {
        var ids: [String] = []
        for number in 0..<5 { ids.append(try await enqueue("echo", #"{"n":\#(number)}"#)) }
        ids.append(try await enqueue("follow"))
        let other = try await enqueue("greet", "{}")
        let service = try await service([
            "--worker", Self.python, "--exec", "greet=cat >/dev/null", "--processes", "\(processes)", "--once",
        ]).end()
        #expect(service.status == 0, "\(service.error)")
        let starts = service.errors.filter { $0.contains("service starts") || $0.contains("handlers are registered") }
        #expect(starts.count == 2 && starts.first?.contains("kinds=") == false, "\(starts)")
        #expect(starts.last?.contains("kinds=count,echo,fail,follow,greet,talk,wait") == true, "\(starts)")
        for (number, id) in ids.prefix(5).enumerated() {
            let job = try await show(id)
            #expect(job["state"] as? String == "completed")
            #expect((job["result"] as? [String: Int])?["n"] == number, "\(job)")
        }
        #expect(try await show(other)["state"] as? String == "completed")
        let all = try await hakobi("jobs", "--kind", "echo", "--json", in: folder).objects()
        #expect(all.count == 6 && all.allSatisfy { $0["state"] as? String == "completed" })
    }

    @Test func aPoisonJobIsDeadAfterItsBudgetAndItsNeighboursAreNot() async throws {
        let poison = try await enqueue("die")
        let others = [try await enqueue("x"), try await enqueue("x")]
        let service = try await service([
            "--worker", "\(Self.misbehaving) none", "--processes", "1", "--concurrency", "3", "--once",
        ]).end()
        #expect(service.status == 0, "\(service.error)")
        let dead = try await show(poison)
        #expect(dead["state"] as? String == "dead" && dead["crashes"] as? Int == 2)
        #expect(history(dead).count == 2)
        for attempt in history(dead) {
            let error = attempt["error"] as? String ?? ""
            #expect(error.contains("SIGKILL") && error.contains("out of luck"), "\(error)")
        }
        for id in others {
            let job = try await show(id)
            #expect(job["state"] as? String == "completed" && job["crashes"] as? Int == 0 && history(job).count == 1)
        }
    }

    @Test func aCancelReachesTheProgramAndTheNextJobIsDone() async throws {
        let waiting = try await enqueue("wait")
        let service = try service(["--worker", Self.python, "--processes", "1"])
        try await until { try await show(waiting)["state"] as? String == "running" }
        _ = try await hakobi("cancel", waiting, in: folder)
        try await until { try await show(waiting)["state"] as? String == "cancelled" }
        let next = try await enqueue("echo", "1")
        try await until { try await show(next)["state"] as? String == "completed" }
        await end(service)
    }

    @Test func aSoftLimitIsSaidToTheProgramAndIsAFailure() async throws {
        let program = try folder.file(
            "told.py",
            """
            import json, sys
            print(json.dumps({"type": "hello", "version": 1, "kinds": [{"kind": "slow", "softLimit": 0.5}]}), flush=True)
            for line in sys.stdin:
                told = json.loads(line)
                if told["type"] == "cancel":
                    print(json.dumps({"type": "outcome", "id": told["id"], "outcome": "failed",
                                      "error": "told: " + told["reason"]}), flush=True)
            """)
        let job = try await enqueue("slow", "null", "--max-failures", "1")
        let service = try await service(["--worker", "python3 \(program)", "--processes", "1", "--once"]).end()
        #expect(service.status == 0, "\(service.error)")
        let ended = try await show(job)
        let error = history(ended).first?["error"] as? String ?? ""
        #expect(ended["state"] as? String == "dead" && error.contains("soft time limit of"), "\(ended)")
        #expect(error.contains("told: soft limit"), "\(error)")
    }

    @Test func recycledWorkerProcessesTakeTheirProgramsWithThem() async throws {
        for _ in 0..<20 { _ = try await enqueue("echo", "1") }
        let service = try service(["--worker", Self.python, "--processes", "1", "--max-jobs", "5"])
        let first = await found { programs(of: service.pid).first }
        try await until { try await hakobi("stats", in: folder).output.contains("completed 20") }
        await until { programs(of: service.pid).count == 1 && programs(of: service.pid).first != first }
        await until { !isAlive(first) }
        #expect(!isAlive(first) && programs(of: service.pid).count == 1)
        await end(service)
    }

    @Test func aDrainLetsTheJobEndAndLeavesNoProgram() async throws {
        let slow = try await enqueue("wait")
        let service = try service(["--worker", Self.python, "--processes", "1", "--grace", "2s"])
        try await until { try await show(slow)["state"] as? String == "running" }
        let program = await found { programs(of: service.pid).first }
        await end(service)
        let job = try await show(slow)
        // Told to stop at the end of the grace, it says "cancelled", as its author wrote: the job runs again all the same.
        #expect(job["state"] as? String == "available", "\(job)")
        #expect(job["crashes"] as? Int == 0 && job["failures"] as? Int == 0)
        await until { !isAlive(program) }
        #expect(!isAlive(program))
    }

    /// Kills each process of the tree in turn while a job runs; nothing is left behind, and the job runs again.
    @Test(arguments: ["program", "guard", "worker", "parent"])
    func noProgramOutlivesItsProcesses(_ victim: String) async throws {
        let job = try await enqueue("wait")
        let service = try service(["--worker", Self.python, "--processes", "1", "--set", "crash-budget=9"])
        try await until { try await show(job)["state"] as? String == "running" }
        let program = await found { programs(of: service.pid).first }
        let guardian = parent(of: program)
        let worker = parent(of: guardian)
        try #require(worker > 1 && parent(of: worker) == service.pid)
        kill(["program": program, "guard": guardian, "worker": worker][victim] ?? service.pid, SIGKILL)
        await until { !isAlive(program) && !isAlive(guardian) }
        #expect(!isAlive(program) && !isAlive(guardian))
        guard victim != "parent" else { return }
        try await until { history(try await show(job)).count == 1 }
        let attempt = history(try await show(job)).first
        let outcome = attempt?["outcome"] as? String
        #expect(outcome == (victim == "guard" ? "failed" : "crashed"), "\(attempt ?? [:])")
        let next = try await enqueue("echo", "1", "--priority", "9")
        _ = try await hakobi("cancel", job, in: folder)
        try await until { try await show(next)["state"] as? String == "completed" }
        await end(service)
    }

    /// 64 MB, which only the program has.
    private static let large =
        #"python3 -c 'x=bytearray(b"x")*(64<<20); exec(open("\#(root)/Examples/workers/worker.py").read())'"#

    @Test func aWorkerProgramThatGrowsIsReplacedByMaxMemory() async throws {
        for _ in 0..<3 { _ = try await enqueue("echo", "1") }
        let service = try service(["--worker", Self.large, "--processes", "1", "--max-memory", "60MB"])
        let first = await found { programs(of: service.pid).first }
        try await until { try await hakobi("stats", in: folder).output.contains("completed 3") }
        await until { !isAlive(first) && programs(of: service.pid).count == 1 }
        #expect(!isAlive(first), "\(service.error)")
        await end(service)
    }

    @Test(arguments: [(0, "in-process"), (1, "worker")])
    func psCountsProgramsWithTheirProcess(_ processes: Int, _ role: String) async throws {
        let service = try service(["--worker", Self.large, "--processes", "\(processes)"])
        try await until { try await memory()[role] ?? 0 > 64 << 20 }
        let shown = try await memory()
        #expect(shown.count == min(2, processes + 1))
        for (of, bytes) in shown { #expect((bytes > 64 << 20) == (of == role), "\(of): \(bytes)") }
        await end(service)
    }

    /// What `ps` says of one process of each role.
    private func memory() async throws -> [String: Int] {
        var memory: [String: Int] = [:]
        for process in try await hakobi("ps", "--json", in: folder).objects() {
            memory[process["role"] as? String ?? "-"] = process["residentBytes"] as? Int
        }
        return memory
    }

    /// A dead process had two jobs: each is a suspect, and runs in a process of its own.
    @Test func theProcessOfASuspectStartsOneProgram() async throws {
        for _ in 0..<2 { _ = try await enqueue("wait") }
        let service = try service(["--worker", Self.python, "--processes", "1", "--concurrency", "3", "--grace", "1s"])
        try await until { try await hakobi("jobs", "--state", "running", "--json", in: folder).lines.count == 2 }
        let first = parent(of: parent(of: await found { programs(of: service.pid).first }))
        try #require(first > 1 && programs(of: first).count == 3)
        kill(first, SIGKILL)
        await until { workers(of: service.pid).contains { programs(of: $0).count == 1 } && !isAlive(first) }
        try await until { try await hakobi("ps", in: folder).output.contains(" wait ") }
        await until { workers(of: service.pid).map { programs(of: $0).count }.sorted() == [1, 3] }
        #expect(workers(of: service.pid).map { programs(of: $0).count }.sorted() == [1, 3])
        await end(service)
    }

    @Test func aProgramEndedFromOutsideDuringADrainGivesItsJobBack() async throws {
        let id = try await enqueue("x")
        let service = try service(["--worker", "\(Self.misbehaving) note-drain", "--processes", "1"])
        await until { !folder.read("pid").isEmpty }
        service.send(SIGTERM)
        await until { !folder.read("drained").isEmpty }
        kill(try #require(Int32(folder.read("pid"))), SIGTERM)
        #expect(await service.end(within: 20).status == 0, "\(service.error)")
        let job = try await show(id)
        #expect(job["state"] as? String == "available", "\(job)")
        #expect(job["crashes"] as? Int == 0 && job["failures"] as? Int == 0)
        #expect(history(job).map { $0["outcome"] as? String } == ["snoozed"], "\(history(job))")
    }

    @Test func aProgramThatCannotStartIsSaidBeforeAnythingElse() async throws {
        let missing = try await service(["--worker", "no-such-program"]).end()
        #expect(missing.status == 64 && missing.error.contains("no program \"no-such-program\" to be a worker"))
        let dies = try await service(["--worker", "\(Self.misbehaving) die-at-start", "--processes", "0"]).end()
        #expect(dies.status != 0 && dies.error.contains("no database"), "\(dies.error)")
        let twice = try await service([
            "--worker", Self.python, "--worker", Self.python, "--processes", "0",
        ]).end()
        #expect(twice.status == 64 && twice.error.contains("has two handlers"), "\(twice.error)")
    }

    @Test func theConformanceProgramSaysALineACheck() async throws {
        let good = try await hakobi(
            "protocol-test", "--", "python3", "\(Self.root)/Examples/workers/worker.py", in: folder)
        #expect(good.status == 0 && good.lines.count == 17, "\(good.output)")
        let bad = try await hakobi("protocol-test", "--", "echo", "it's me", in: folder)
        #expect(bad.status == 1 && bad.lines.count == 2 && bad.output.contains("it's me"), "\(bad.output)")
        #expect(try await hakobi("protocol-test", in: folder).status == 64)
    }
}

private func children(of pid: Int32) -> [Int32] {
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
    return tasks.flatMap { task in
        ((try? String(contentsOfFile: "/proc/\(pid)/task/\(task)/children", encoding: .utf8)) ?? "")
            .split(separator: " ").compactMap { Int32($0) }
    }
}

private func processName(_ pid: Int32) -> String {
    ((try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)) ?? "").trimmingCharacters(in: .newlines)
}

/// What is there once it is.
private func found(_ look: () -> Int32?) async -> Int32 {
    await until { look() != nil }
    return look() ?? -1
}

/// As its namesake, for what has to be asked of a program.
private func until(_ condition: () async throws -> Bool) async throws {
    let end = Date().addingTimeInterval(60)
    while Date() < end, try await !condition() { try await Task.sleep(for: .milliseconds(20)) }
}
