import Foundation
import HakobiCore
import Testing

@testable import HakobiCommand

@Suite("The service as its operator knows it")
struct ServiceTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    @Test(arguments: [0, 2]) func onceRunsEverythingThatIsDueAndEnds(processes: Int) async throws {
        let payloads = (1...20).map { "{\"path\":\"\(folder.path)/notes\",\"text\":\"\($0)\"}" }
        _ = try await hakobi("enqueue", "note", "--lines", in: folder, input: payloads.joined(separator: "\n"))
        _ = try await hakobi("enqueue", "note", payloads[0], "--delay", "1h", in: folder)
        let run = try await hakobi(
            "up", "--once", "--processes", "\(processes)", in: folder, program: Built.fixture)
        #expect(run.status == 0, "\(run.error)")
        let lines = folder.read("notes").split(separator: "\n").map { $0.split(separator: " ") }
        #expect(Set(lines.map { $0[0] }).count == 20 && lines.count == 20)
        let stats = try await hakobi("stats", "--json", in: folder).object()
        #expect((stats["states"] as? [String: Int])?["completed"] == 20)
        #expect((stats["states"] as? [String: Int])?["available"] == 1)
    }

    @Test func psAndWatchShowTheProcessesAndTheirJobs() async throws {
        let service = try Running(
            Built.fixture, ["up", "--processes", "2", "--pid-file", "pid"], in: folder,
            environment: ["FIXTURE_RELEASE": "r-7"])
        _ = try await hakobi("enqueue", "nap", "60000", "--raw", in: folder)
        var processes: [[String: Any]] = []
        for _ in 0..<100 {
            processes = try await hakobi("ps", "--json", in: folder).objects()
            if processes.contains(where: { ($0["jobs"] as? [Any])?.isEmpty == false }) { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(processes.map { $0["role"] as? String } == ["supervisor", "worker", "worker"])
        #expect(processes[0]["pid"] as? Int == Int(service.pid))
        #expect(folder.read("pid").trimmed == "\(service.pid)")
        #expect(processes.allSatisfy { $0["release"] as? String == "r-7" })
        #expect(processes[1]["generation"] as? Int == 1)
        let seen = try await hakobi("watch", "--count", "2", "--interval", "200ms", in: folder)
        #expect(seen.status == 0 && seen.output.contains("QUEUE") && seen.output.contains("nap"))
        #expect(seen.output.contains("1 of 2, asleep"), "\(seen.output)")
        service.send(SIGTERM)
        service.send(SIGTERM)
        #expect(await service.end().status == 0)
        #expect(folder.read("pid").isEmpty)
        #expect(try await hakobi("ps", "--json", in: folder).lines.isEmpty)
    }

    @Test func aHangupBringsTheSettingsNowInTheFile() async throws {
        _ = try folder.file("hakobi.yaml", "processes: 1\nexec: { x: \"echo old >> out\" }\n")
        let service = try Running(Built.hakobi, ["up"], in: folder)
        await until { service.error.contains("ready") }
        _ = try folder.file("hakobi.yaml", "processes: 1\nexec: { x: \"echo new >> out\" }\n")
        service.send(SIGHUP)
        _ = try await hakobi("enqueue", "x", in: folder)
        for _ in 0..<50 where !folder.read("out").contains("new") {
            try await Task.sleep(for: .milliseconds(100))
            _ = try await hakobi("enqueue", "x", in: folder)
        }
        #expect(folder.read("out").contains("new"), "\(service.error)")
        _ = try folder.file("hakobi.yaml", "processes: none\nexec: {}\n")
        service.send(SIGHUP)
        await until { service.error.contains("whole number") }
        #expect(service.error.contains("whole number") && service.isRunning)
        service.send(SIGTERM)
        #expect(await service.end().status == 0)
    }

    @Test func theServiceManagerIsToldAndWatches() async throws {
        let manager = try ManagerSocket(folder.path + "/notify")
        let service = try Running(
            Built.hakobi, ["up", "--processes", "1", "--exec", "x=cat", "--poll-interval", "50ms"], in: folder,
            environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "400000"])
        await until { manager.messages.count { $0.contains("WATCHDOG=1") } >= 3 }
        let words = manager.messages
        #expect(words.contains { $0.contains("READY=1") } && words.count { $0.contains("WATCHDOG=1") } >= 3, "\(words)")
        // A service that stands still must not be taken for one that works.
        service.send(SIGSTOP)
        await until { processState(service.pid) == "T" }
        manager.forget()
        #expect(await until(1.5) { !manager.messages.isEmpty } == false)
        service.send(SIGCONT)
        service.send(SIGTERM)
        #expect(await service.end().status == 0)
        #expect(manager.messages.contains { $0.contains("STOPPING=1") })
    }

    @Test func anUpgradeStartsASecondServiceAndEndsTheFirst() async throws {
        let old = try Running(
            Built.hakobi, ["up", "--processes", "1", "--exec", "x=echo $HAKOBI_JOB_ID >> out", "--pid-file", "pid"],
            in: folder)
        await until { old.error.contains("ready") }
        old.send(SIGUSR2)
        await until { !old.isRunning }
        #expect(await old.end().status == 0, "\(old.error)")
        let successor = try #require(Int32(folder.read("pid").trimmed))
        defer { kill(successor, SIGKILL) }
        #expect(successor != old.pid && isAlive(successor))
        let id = try await hakobi("enqueue", "x", in: folder).lines[0]
        await until { folder.read("out").contains(id) }
        #expect(folder.read("out").contains(id), "\(old.error)")
        kill(successor, SIGTERM)
        #expect(await until { !isAlive(successor) })
    }

    @Test func aLineOfTheLogStaysOneLine() async throws {
        #expect(try await hakobi("enqueue", "x", in: folder).status == 0)
        let service = try Running(
            Built.hakobi, ["up", "--processes", "0", "--exec", "x=printf 'a\\nforged\\033[31m' >&2; exit 100"],
            in: folder)
        await until { service.error.contains("job failed") }
        service.send(SIGTERM)
        let run = await service.end()
        #expect(run.status == 0)
        let shape = try Regex(#"^[0-9-]{10}T[0-9:]{8} \[[A-Z]+\] "#)
        #expect(run.errors.allSatisfy { $0.contains(shape) }, "\(run.error)")
        #expect(run.error.contains(#"a\nforged\u{1b}[31m"#))
    }
}
