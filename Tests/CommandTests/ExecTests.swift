import Foundation
import HakobiCore
import Testing

@testable import HakobiCommand

@Suite("Programs as handlers")
struct ExecTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    /// Runs one job by one program, and answers the job with its history.
    private func job(
        _ command: String, payload: String = "{}", flags: [String] = [], processes: Int = 0,
        environment: [String: String] = [:]
    ) async throws -> [String: Any] {
        let made = try await Running(
            Built.hakobi, ["enqueue", "x", "-", "--raw"] + flags, in: folder, input: payload
        ).end()
        let id = try #require(made.lines.first, "\(made.error)")
        let service = try Running(
            Built.hakobi, ["up", "--once", "--processes", "\(processes)", "--exec", "x=\(command)"], in: folder,
            environment: environment)
        #expect(await service.end().status == 0, "\(service.error)")
        return try await hakobi("show", id, "--json", in: folder).object()
    }

    private func error(_ job: [String: Any]) -> String {
        ((job["history"] as? [[String: Any]])?.first?["error"] as? String) ?? ""
    }

    @Test(arguments: [0, 1]) func itGetsThePayloadAndTheJobButNotTheStore(processes: Int) async throws {
        let done = try await job(
            "cat > in; env > env", payload: "päyload", processes: processes,
            environment: ["HAKOBI_STORE": "sqlite:hakobi.db", "OWN": "kept"])
        #expect(done["state"] as? String == "completed")
        #expect(folder.read("in") == "päyload")
        let variables = Set(folder.read("env").split(separator: "\n").map(String.init))
        #expect(variables.contains("HAKOBI_JOB_ID=\(done["id"] as? String ?? "-")"))
        #expect(variables.isSuperset(of: ["HAKOBI_KIND=x", "HAKOBI_ATTEMPT=1", "HAKOBI_QUEUE=default", "OWN=kept"]))
        #expect(!folder.read("env").contains("HAKOBI_STORE") && !folder.read("env").contains("HAKOBI_WORKER_FD"))
    }

    @Test(arguments: [
        ("exit 0", "completed", 0, ""), ("exit 100", "dead", 1, "exit code 100"),
        ("exit 75", "available", 1, "try later"),
        ("exit 111", "available", 1, "try later"), ("echo why >&2; exit 3", "available", 1, "exit code 3: why"),
        ("kill -TERM $$", "available", 1, "SIGTERM"), ("kill -9 $$", "available", 1, "SIGKILL"),
    ])
    func itsEndDecides(_ command: String, _ state: String, _ failures: Int, _ text: String) async throws {
        let job = try await job(command)
        #expect(job["state"] as? String == state && job["failures"] as? Int == failures)
        #expect(text.isEmpty || error(job).contains(text))
    }

    @Test func aLargePayloadThatNobodyReadsBlocksNobody() async throws {
        let job = try await job("exit 0", payload: String(repeating: "x", count: 1_048_576))
        #expect(job["state"] as? String == "completed")
    }

    @Test func itHasNoDescriptorButItsThreeAndACleanSlate() async throws {
        _ = try await job("ls /proc/self/fd > fds; grep -E 'Sig(Blk|Ign)' /proc/self/status > signals", processes: 1)
        // 3 is the directory that ls reads.
        #expect(folder.read("fds") == "0\n1\n2\n3\n")
        // Signals 32 and 33 are the C library's own; posix_spawn itself ignores them, and nobody can send them by name.
        let masks = folder.read("signals").split(separator: "\n").compactMap { line in
            UInt64(line.split(separator: "\t")[1], radix: 16).map { $0 & ~0x1_8000_0000 }
        }
        #expect(masks == [0, 0])
    }

    @Test func onlyTheTailOfItsErrorsIsKept() async throws {
        let job = try await job("yes 0123456789 | head -c 2000000 >&2; echo the end >&2; exit 1")
        #expect(error(job).hasSuffix("the end") && error(job).utf8.count < 70_000)
        #expect(error(job).contains("earlier output dropped"))
    }

    /// Longer than a busy machine takes to start a shell, which has something to do before the limit.
    private static let limit = ["--timeout", "6s"]

    @Test func theWholeGroupEndsAtTheTimeLimit() async throws {
        let job = try await job("sh -c 'echo $$ > pids; exec sleep 1000' & sleep 1000", flags: Self.limit)
        #expect(error(job).contains("time limit") && error(job).contains("SIGTERM"))
        await until { folder.pids.allSatisfy { !isAlive($0) } }
        #expect(folder.pids.count == 1 && folder.pids.allSatisfy { !isAlive($0) })
    }

    @Test func oneThatIgnoresTermIsKilled() async throws {
        let job = try await job("trap '' TERM; echo $$ > pids; while :; do sleep 0.1; done", flags: Self.limit)
        #expect(error(job).contains("SIGKILL"))
        #expect(folder.pids.allSatisfy { !isAlive($0) })
    }

    @Test func nothingItLeavesBehindOutlivesIt() async throws {
        let job = try await job(
            "sleep 1000 & echo $! > pids; setsid sleep 1000 & sleep 0.2; pgrep -P $$ -n >> pids; exit 0")
        #expect(job["state"] as? String == "completed")
        #expect(folder.pids.allSatisfy { !isAlive($0) })
    }

    /// Kills what `victims` picks out of (parent, worker process) while a program with a child of its own runs.
    @Test(arguments: ["worker", "parent", "both"])
    func noProgramOutlivesItsProcesses(_ victim: String) async throws {
        _ = try await hakobi("enqueue", "x", in: folder)
        let service = try Running(
            Built.hakobi,
            [
                "up", "--processes", "1", "--exec",
                "x=echo $PPID > guard; (echo $BASHPID; exec sleep 1000) & echo $! > pids; echo $$ >> pids; wait",
            ],
            in: folder)
        await until { folder.pids.count == 2 }
        let programs = folder.pids
        #expect(programs.count == 2, "\(service.error)")
        let guardian = Int32(folder.read("guard").trimmed) ?? 0
        let worker = parent(of: guardian)
        #expect(parent(of: worker) == service.pid)
        if victim != "parent" { kill(worker, SIGKILL) }
        if victim != "worker" { service.send(SIGKILL) }
        await until { programs.allSatisfy { !isAlive($0) } && !isAlive(guardian) }
        #expect(programs.allSatisfy { !isAlive($0) } && !isAlive(guardian), "after killing \(victim)")
        if victim == "worker" {
            service.send(SIGTERM)
            _ = await service.end()
        }
    }
}

extension Folder {
    /// The process numbers that a program wrote down.
    var pids: [Int32] { read("pids").split(separator: "\n").compactMap { Int32($0) } }
}

/// Neither gone nor a zombie that nobody has reaped yet.
func isAlive(_ pid: Int32) -> Bool { processState(pid).map { $0 != "Z" } ?? false }

/// The kernel's letter: R, S, T (stopped), Z, …
func processState(_ pid: Int32) -> Character? {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return nil }
    return text.split(separator: ")").last?.trimmed.first
}

func parent(of pid: Int32) -> Int32 {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
        let fields = text.split(separator: ")").last?.split(separator: " "), fields.count > 1
    else { return -1 }
    return Int32(fields[1]) ?? -1
}
