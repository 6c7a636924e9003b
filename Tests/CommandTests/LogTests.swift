import Foundation
import Glibc
import Testing

/// Where a service's log goes, how it looks, and that nothing of it is lost when somebody moves it away.
@Suite("The log of a service")
struct LogTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private func enqueue(_ kind: String, _ text: String) async throws {
        #expect(try await hakobi("enqueue", kind, text, "--raw", in: folder).status == 0)
    }

    private func lines(_ name: String) -> [String] { folder.read(name).split(separator: "\n").map(String.init) }

    @Test("each record is a line with its place, in the file, of the parent and of its worker processes")
    func lines() async throws {
        try await enqueue("nap", "1")
        try await enqueue("fail", "x\u{1B}[31m")
        let run = try await Running(
            Built.fixture,
            ["up", "--once", "--processes", "1", "--log-file", "log", "--set", "poll-interval=50ms"], in: folder
        ).end()
        #expect(run.error.isEmpty, "\(run.error)")
        let form = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d \[[A-Z]+\] .* at [A-Za-z+]+\.swift line \d+/
        let lines = lines("log")
        for line in lines { #expect(line.wholeMatch(of: form) != nil, "\(line)") }
        #expect(lines.contains { $0.contains("[INFO] job completed") && $0.contains("kind=nap") })
        #expect(lines.contains { $0.contains("[WARN] job failed") && $0.contains("broken on purpose") })
    }

    @Test("each attempt has one line at its start and one at its end, however it ends", arguments: ["0", "2"])
    func startsAndEnds(processes: String) async throws {
        // Where all is one process, nothing is left that could tell of its end.
        let kinds = ["nap", "fail"] + (processes == "0" ? [] : ["trap"])
        for kind in kinds { try await enqueue(kind, "1") }
        let run = try await Running(
            Built.fixture,
            ["up", "--once", "--processes", processes, "--log-file", "log", "--set", "poll-interval=50ms"], in: folder
        ).end()
        #expect(run.status == 0, "\(run.error)")
        let (starts, ends) = (attempts(of: "job started"), attempts(of: "job (completed|failed|crashed|interrupted)"))
        #expect(Set(starts).count == starts.count && starts.sorted() == ends.sorted(), "\(lines("log"))")
        #expect(starts.count >= kinds.count)
        for line in lines("log") where line.contains("] job ") {
            for key in ["job", "kind", "attempt", "queue", "pid"] { #expect(line.contains(" \(key)="), "\(line)") }
        }
        let died = lines("log").filter { $0.contains("job crashed") }
        #expect(died.allSatisfy { $0.contains("kind=trap") && $0.contains(" error=") && $0.contains(" ms=") })
        #expect(died.isEmpty == (processes == "0"))
    }

    /// Which attempts (job and number) have a line with these words.
    private func attempts(of words: String) -> [String] {
        lines("log").filter { $0.range(of: "\\] \(words) ", options: .regularExpression) != nil }.map { line in
            line.split(separator: " ").filter { $0.hasPrefix("job=") || $0.hasPrefix("attempt=") }.joined(
                separator: " ")
        }
    }

    @Test("lines of libraries look like ours and name the job, unless the program has said how they do")
    func libraries() async throws {
        func run(_ environment: [String: String]) async throws -> [String] {
            try await enqueue("library", "x")
            return try await Running(
                Built.fixture, ["up", "--once", "--processes", "1", "--set", "poll-interval=50ms"], in: folder,
                environment: environment
            ).end().errors
        }
        let line =
            /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d \[NOTICE\] seen by a library attempt=1 job=[-0-9a-f]+ kind=library queue=default at Fixture\.swift line \d+/
        #expect(try await run([:]).contains { $0.wholeMatch(of: line) != nil })
        #expect(try await run(["FIXTURE_OWN_LOG": "1"]).contains("library says: seen by a library"))
    }

    @Test("objects can be had instead")
    func json() async throws {
        try await enqueue("nap", "1")
        let run = try await Running(
            Built.fixture, ["up", "--once", "--processes", "1", "--log-format", "json"], in: folder
        ).end()
        let objects = try run.errors.map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        let end = try #require(objects.first { $0["message"] as? String == "job completed" })
        #expect(end["level"] as? String == "INFO" && end["kind"] as? String == "nap" && end["line"] is Int)
    }

    @Test("a file that was moved away is begun anew, by the parent at USR1 and by its worker processes")
    func moved() async throws {
        let service = try Running(
            Built.hakobi,
            [
                "up", "--processes", "1", "--exec", "echo=cat; echo", "--log-level", "debug", "--log-file", "log",
                "--set", "poll-interval=50ms",
            ], in: folder)
        try await enqueue("echo", "before")
        #expect(await until { folder.read("log").contains("before") })
        try FileManager.default.moveItem(atPath: folder.path + "/log", toPath: folder.path + "/log.1")
        service.send(SIGUSR1)
        #expect(await until { folder.read("log").contains("role=worker") })
        // A worker process sees it within a second, with the next line that it writes.
        for _ in 0..<200 where !folder.read("log").contains("after") { try await enqueue("echo", "after") }
        #expect(folder.read("log").contains("after"))
        service.send(SIGTERM)
        let run = await service.end()
        #expect(run.status == 0 && run.error.isEmpty, "\(run.error)")
        #expect(folder.read("log").contains("worker ended"))
    }

    @Test(
        "what does not read is refused, with what would be right",
        arguments: [
            (["--log-format", "xml"], [:], "line"), (["--log-file", "nowhere/log"], [:], "nowhere/log"),
            ([], ["LM_DEFAULT_COLOR": "debug=pinkish;red"], "LM_DEFAULT_COLOR"),
        ])
    func refused(_ flags: [String], _ environment: [String: String], _ word: String) async throws {
        let run = try await Running(
            Built.fixture, ["up", "--once"] + flags, in: folder, environment: environment
        ).end()
        #expect(run.status != 0)
        #expect(run.errors.count == 1 && run.error.contains(word), "\(run.error)")
    }
}
