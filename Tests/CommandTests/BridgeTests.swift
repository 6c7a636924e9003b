import Foundation
import Glibc
import Hakobi
import HakobiMaildir
import Servers
import Testing

@testable import HakobiCommand

@Suite("Mails are delivered by hand, and carried over to a database", .timeLimit(.minutes(4)))
struct BridgeTests {
    let folder: Folder
    let box: String

    init() throws {
        folder = try Folder()
        box = folder.path + "/box"
    }

    private func names(_ path: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/\(path)").sorted()) ?? []
    }

    private func deliver(
        _ mail: String, _ flags: [String] = [], environment: [String: String] = [:]
    ) async throws -> Run {
        try await Running(
            Built.hakobi, ["maildir", "deliver", box] + flags, in: folder, environment: environment, input: mail
        ).end()
    }

    @Test(arguments: [
        // qmail tells the envelope in variables.
        ("Subject: a\r\n\r\n.\r\n", "Return-Path: <me@x>\nDelivered-To: box+a@y\nSubject: a\r\n\r\n.\r\n"),
        // Postfix has written it already, behind an mbox's line.
        (
            "From me@x Mon Nov 23\nReturn-Path: <me@x>\nX-Original-To: b@y\nDelivered-To: box+a@y\n\nFrom here\n",
            "Return-Path: <me@x>\nX-Original-To: b@y\nDelivered-To: box+a@y\n\nFrom here\n"
        ),
        ("", "Return-Path: <me@x>\nDelivered-To: box+a@y\n"),
    ])
    func aMailThroughAPipe(_ mail: String, _ file: String) async throws {
        let run = try await deliver(mail, environment: ["SENDER": "me@x", "RECIPIENT": "box+a@y"])
        #expect(run.status == 0 && run.output.isEmpty && run.error.isEmpty, "\(run.error)")
        let name = try #require(names("box/new").first)
        #expect(folder.read("box/new/\(name)") == file && names("box/tmp").isEmpty)
    }

    @Test func flagsGoBeforeVariables() async throws {
        _ = try await deliver("\nb", ["--sender", "", "--recipient", "c@y"], environment: ["SENDER": "me@x"])
        #expect(folder.read("box/new/\(names("box/new")[0])") == "Return-Path: <>\nDelivered-To: c@y\n\nb")
        let own = try folder.file("mail", "Subject: own\n\n")
        #expect(try await deliver("", [own]).status == 0 && names("box/new").count == 2)
    }

    @Test func aMailServerIsToldToTryAgain() async throws {
        _ = try folder.file("mbox", "")
        for (flags, status, words) in [
            (["mbox"], Int32(75), "Not a directory"), (["none/box"], 75, "No such file"),
            (["box", "no-file"], 75, "no-file"), ([""], 75, "needs a path"),
            (["maildir:box"], 75, "write the folder alone, box"), (["box?max-size=1MB"], 75, "the folder alone, box"),
            ([], 64, "<path>"), (["box", "--recipient", "a\nb"], 75, "control character"),
        ] {
            let run = try await Running(Built.hakobi, ["maildir", "deliver"] + flags, in: folder, input: "a").end()
            #expect(
                run.status == status && run.errors.count == 1 && run.error.contains(words), "\(flags): \(run.error)")
        }
        #expect(names("box/new").isEmpty && names("box/tmp").isEmpty && names("box?max-size=1MB").isEmpty)
    }

    @Test(arguments: [("", "needs a path"), ("maildir:box", "write the folder alone, box")])
    func aBridgeMakesNoFolderThatNobodyMeant(_ path: String, _ words: String) async throws {
        let run = try await hakobi("maildir", "bridge", path, "--to", "sqlite:jobs.db", "--once", in: folder)
        #expect(run.status == 64 && run.error.contains(words), "\(run.error)")
        #expect(names("").allSatisfy { $0.hasSuffix(".err") || $0.hasSuffix(".out") }, "what it said, and nothing else")
    }

    @Test func aMailBecomesAJobWithItsEnvelope() async throws {
        let mail = "Return-Path: <me@x>\nX-Original-To: a@y\nDelivered-To: b@y\nMessage-ID: <1@x>\n\nä\r\n"
        _ = try await deliver(mail)
        let run = try await hakobi(
            "maildir", "bridge", box, "--to", "sqlite:a.db", "--kind", "post", "--queue", "q", "--once", in: folder)
        #expect(run.status == 0, "\(run.error)")
        let job = try #require(try await hakobi("jobs", "--json", "--store", "sqlite:a.db", in: folder).objects().first)
        #expect(job["kind"] as? String == "post" && job["queue"] as? String == "q")
        #expect(job["payload"] as? String == mail && job["codec"] as? String == "raw")
        let metadata = ["return-path": "me@x", "original-to": "a@y", "delivered-to": "b@y", "message-id": "<1@x>"]
        #expect(job["metadata"] as? [String: String] == metadata)
        #expect(names("box/new").isEmpty && names("box/failed").isEmpty)
    }

    @Test func whichMailsAreOneJob() throws {
        func key(_ text: String, name: String = "1") -> String {
            let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            func value(_ field: String) -> String? { lines.first { $0[0] == field + ":" }?[1] }
            let envelope = MailEnvelope(
                path: "/box/new/\(name)", bytes: text.utf8.count, deliveredTo: value("Delivered-To").map { [$0] } ?? [],
                messageID: value("Message-ID"))
            return BridgedMail(envelope: envelope, bytes: Array(text.utf8)).key
        }
        let mail = "Delivered-To: a@y\nMessage-ID: <1@x>\n"
        // A server that delivers once more writes another file with the same bytes.
        #expect(key(mail) == key(mail, name: "2"))
        #expect(key(mail) != key("Delivered-To: b@y\nMessage-ID: <1@x>\n"), "another recipient")
        #expect(key(mail) != key(mail + "Received: again\n"), "sent again with the same Message-ID")
        #expect(key("Delivered-To: a@y\n") != key("Delivered-To: a@y\n", name: "2"), "no Message-ID to go by")
        #expect(key("Message-ID: <1@x>\n") != key("Message-ID: <1@x>\n", name: "2"), "no recipient to go by")
        // RFC 9923, appendix C: the empty string and "a".
        var hash = ContentHash()
        #expect("\(hash)" == "6c62272e07bb014262b821756295c58d")
        hash.add("a".utf8)
        #expect("\(hash)" == "d228cb696f1a8caf78912b704e4a8964")
    }

    @Test func oneThatIsTooLargeGoesToFailedWithASentence() async throws {
        _ = try await deliver(String(repeating: "x", count: Defaults.maxPayloadBytes + 1))
        _ = try await deliver("Subject: small\n\n")
        let run = try await hakobi("maildir", "bridge", box, "--to", "sqlite:a.db", "--once", in: folder)
        #expect(run.status == 0, "\(run.error)")
        #expect(try await hakobi("jobs", "--json", "--store", "sqlite:a.db", in: folder).lines.count == 1)
        let dead = try await hakobi("jobs", "--json", "--state", "dead", "--store", "maildir:box", in: folder).objects()
        let id = try #require(dead.first?["id"] as? String)
        let shown = try await hakobi("show", id, "--store", "maildir:box", in: folder)
        #expect(shown.output.contains("\(Defaults.maxPayloadBytes) are accepted: a job's payload"), "\(shown.output)")
    }

    @Test(arguments: [
        (["--to", "maildir:x"], Int32(64), "leads to a database"), (["--to", "memory:"], 64, "leads to a database"),
        (["--to", "sqlite:none/a.db"], 69, "does not exist"), ([], 64, "--to"),
        (["--to", "sqlite:a.db", "--kind", ""], 64, "kind"),
        (["--to", "sqlite:a.db", "--log-level", "loud"], 64, "loud"),
    ])
    func whatDoesNotRead(_ flags: [String], _ status: Int32, _ words: String) async throws {
        let run = try await Running(Built.hakobi, ["maildir", "bridge", box] + flags, in: folder).end()
        #expect(run.status == status && run.errors.count == 1 && run.error.contains(words), "\(flags): \(run.error)")
    }

    /// Bridges are killed at random moments, two at a time; mails come meanwhile.
    @Test func killedAtAnyMomentEachMailIsOneJob() async throws {
        let count = ProcessInfo.processInfo.environment["HAKOBI_SOAK"] == "1" ? 20_000 : 600
        let delivery = try MaildirDelivery(path: box)
        let delivering = Task.detached {
            for number in 1...count {
                _ = try delivery.deliver(
                    Array("Message-ID: <\(number)@x>\n\nmail \(number)\n".utf8), returnPath: "me@x", recipient: "box@y")
            }
        }
        for round in 0..<(count == 600 ? 6 : 40) {
            let bridges = try (0..<2).map { _ in try bridge("--once") }
            try await Task.sleep(for: .milliseconds(200 + 97 * (round % 7)))
            for bridge in bridges { bridge.send(SIGKILL) }
        }
        try await delivering.value
        let last = try bridge("--once")
        #expect(await last.end(within: 120).status == 0, "\(last.error)")
        #expect(names("box/new").isEmpty && names("box/failed").isEmpty)
        let jobs = try await hakobi("jobs", "--json", "--limit", "0", "--store", "sqlite:a.db", in: folder).objects()
        let bodies = jobs.compactMap { ($0["payload"] as? String)?.split(separator: "\n").last }
        #expect(bodies.count == count && Set(bodies).count == count)
    }

    private func bridge(_ flags: String...) throws -> Running {
        try Running(Built.hakobi, ["maildir", "bridge", box, "--to", "sqlite:a.db"] + flags, in: folder)
    }

    @Test func whileTheDatabaseIsAwayMailsWait() async throws {
        let server = try PostgresServer()
        let url = server.url(database: try server.database())
        try server.kill()
        _ = try await deliver("Subject: 1\n\n")
        let bridge = try Running(Built.hakobi, ["maildir", "bridge", box, "--to", url], in: folder)
        await until { bridge.error.contains("mails wait until") }
        try server.start()
        await until { names("box/new").isEmpty }
        #expect(bridge.error.contains("is back"), "\(bridge.error)")
        func lines() -> Int { bridge.error.split(separator: "mails wait until").count - 1 }
        let before = lines()
        let start = ContinuousClock.now
        try server.kill()
        for number in 2...20 { _ = try await deliver("Subject: \(number)\n\n") }
        await until { lines() > before }
        try server.start()
        #expect(await until { names("box/new").isEmpty }, "\(bridge.error)")
        // One when it begins and one each ten seconds, however many mails wait.
        #expect(lines() - before <= 2 + Int((ContinuousClock.now - start) / .seconds(10)), "\(bridge.error)")
        bridge.send(SIGTERM)
        #expect(await bridge.end().status == 0, "\(bridge.error)")
        #expect(try await hakobi("jobs", "--json", "--store", url, in: folder).lines.count == 20)
    }
}
