import Foundation
import Glibc
import Servers
import Testing

/// The lines of docs/how-to/mail-into-jobs.md, as its readers write them.
enum MailHowTo {
    static func block(with words: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/how-to/mail-into-jobs.md"), encoding: .utf8)
        let parts = page.components(separatedBy: "\n```")
        // Every other part is a block, behind what its fence says of the language.
        let blocks = stride(from: 1, to: parts.count, by: 2).map { parts[$0].drop { $0 != "\n" }.dropFirst() + "\n" }
        return String(try #require(blocks.first { $0.contains(words) }))
    }
}

@Suite("A real Postfix delivers, and worker processes handle", .serialized, .timeLimit(.minutes(15)))
struct MailServerTests {
    let folder: Folder
    let server: PostfixServer
    private let isSoak = ProcessInfo.processInfo.environment["HAKOBI_SOAK"] == "1"

    init() throws {
        folder = try Folder()
        server = try PostfixServer(
            main: try MailHowTo.block(with: "virtual_mailbox_base"), mailboxes: try MailHowTo.block(with: "jobs/"))
    }

    private func service(_ flags: String..., nap: String = "0") throws -> Running {
        try Running(
            Built.mailApp,
            ["up", "--store", "maildir:\(server.mail)/jobs", "--maildir", "support=\(server.mail)/support"] + flags,
            in: folder, environment: ["MAIL_OUT": folder.path + "/out", "MAIL_NAP_MS": nap])
    }

    private var notes: [MailNote] { folder.read("out").split(separator: "\n").compactMap { MailNote($0) } }
    private var done: [MailNote.Done] { notes.compactMap(\.done) }

    private func waiting(in box: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "\(server.mail)/\(box)/new")) ?? []
    }

    // MARK: What arrives

    private static let bodies: [[UInt8]] = [
        Array("plain\n".utf8), [],
        Array(".\n..\n.dot\nFrom here on\n\n.\n".utf8),
        // Latin-1, and bytes that are no text at all but NUL and the line ends, which SMTP has no words for.
        [0xE9, 0x74, 0xE9, 0x0A] + (1...255).filter { $0 != 0x0A && $0 != 0x0D }.map { UInt8($0) } + [0x0A],
        // ISO-2022-JP: 日本語, and a line that begins with an escape.
        Array("\u{1B}$BF|K\\8l\u{1B}(B\n\u{1B}$B.\u{1B}(B\n".utf8),
        Array(String(repeating: "y", count: 990).utf8) + [0x0A],
    ]

    @Test func everyMailReachesItsHandlerUnchanged() async throws {
        let running = try service("--processes", "2")
        await until { running.error.contains("ready") }
        let recipients = ["jobs@example.org", "jobs+ann@example.org", "jobs+support@example.org"]
        try await SMTPClient.with(port: server.port) { client in
            for (number, body) in Self.bodies.enumerated() {
                let head = Array("Subject: a\nX-Number: \(number)\n\n".utf8)
                try client.send(from: number == 1 ? "" : "me@example.com", to: recipients, head + body)
            }
        }
        await until { done.count == Self.bodies.count * recipients.count }
        for recipient in recipients {
            let mails = done.filter { $0.recipient == recipient }.sorted { $0.number < $1.number }
            #expect(mails.map(\.number) == Array(Self.bodies.indices), "\(recipient): \(running.error)\(server.log)")
            #expect(mails.map(\.body) == Self.bodies.map { Data($0) })
            #expect(mails.map(\.returnPath) == Self.bodies.indices.map { $0 == 1 ? "" : "me@example.com" })
        }
        running.send(SIGTERM)
        #expect(await running.end().status == 0)
        #expect(waiting(in: "jobs").isEmpty && waiting(in: "support").isEmpty)
    }

    /// A program that was behind `|command` runs as it is: the mail on its input, the addresses in its environment.
    @Test func aProgramFromAPipeRunsAsItIs() async throws {
        let program = try folder.file("handler", "#!/bin/sh\n{ echo \"$SENDER $RECIPIENT\"; cat; } >>\"$MAIL_OUT\"\n")
        chmod(program, 0o755)
        let line = try MailHowTo.block(with: "field()").replacing("/srv/mail", with: server.mail)
            .replacing("/usr/local/bin/handler", with: program)
            .replacing("hakobi up", with: "exec \(Built.hakobi) up --processes 1")
        let running = try Running(
            "/bin/sh", ["-c", line], in: folder, environment: ["MAIL_OUT": folder.path + "/out"])
        await until { running.error.contains("ready") }
        try await SMTPClient.with(port: server.port) { client in
            try client.send(from: "me@example.com", to: ["jobs+a@example.org"], Array("Subject: a\n\n.b\n".utf8))
        }
        await until { folder.read("out").hasSuffix("\n\n.b\n") && waiting(in: "jobs").isEmpty }
        let text = folder.read("out")
        #expect(
            text.hasPrefix("me@example.com jobs+a@example.org\nReturn-Path: <me@example.com>\n"),
            "\(text)\(running.error)")
        running.send(SIGTERM)
        #expect(await running.end().status == 0)
    }

    // MARK: Under load

    /// One mail a hundred recipients; over several connections at once.
    private func send(_ count: Int) async throws {
        let mails = count / 100
        try await withThrowingTaskGroup(of: Void.self) { group in
            for connection in 0..<4 {
                group.addTask { [port = server.port] in
                    try await SMTPClient.with(port: port) { client in
                        for mail in stride(from: connection, to: mails, by: 4) {
                            let recipients = (0..<100).map { "jobs+r\($0)@example.org" }
                            let text = "Subject: load\nX-Number: \(mail)\n\nmail \(mail)\n"
                            try client.send(from: "me@example.com", to: recipients, Array(text.utf8))
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func killedAtRandomEachMailIsHandledOnce() async throws {
        let count = isSoak ? 20_000 : 1000
        let running = try service("--processes", "8", "--set", "crash-budget=1000", "--concurrency", "1", nap: "20")
        await until { running.error.contains("ready") }
        async let sending: Void = send(count)
        var killed: Set<Int32> = []
        let kills = isSoak ? 200 : 25
        while killed.count < kills, done.count < count * 9 / 10, running.isRunning {
            // Whoever has begun last is most likely in the middle of it.
            let begun = notes.last { $0.done == nil }?.pid
            if let begun, !killed.contains(begun), kill(begun, SIGKILL) == 0 { killed.insert(begun) }
            try await Task.sleep(for: .milliseconds(.random(in: 20...80)))
        }
        try await sending
        await until(isSoak ? 600 : 90) { waiting(in: "jobs").isEmpty && Set(done.map(\.name)).count == count }
        let notes = notes
        let begun = Dictionary(grouping: notes.filter { $0.done == nil }, by: \.name)
        #expect(
            begun.count == count && Set(notes.compactMap(\.done).map(\.name)).count == count,
            "\(running.error.suffix(2000))")
        #expect(killed.count > kills / 4)
        for (name, tries) in begun where tries.count > 1 {
            #expect(
                tries.dropLast().allSatisfy { killed.contains($0.pid) }, "\(name) was begun again though nobody died")
        }
        let kinds = Set(notes.compactMap(\.done).map { "\($0.recipient) \($0.number)" })
        #expect(kinds.count == count, "each recipient of each mail")
        running.send(SIGTERM)
        #expect(await running.end().status == 0)
        let stats = try await hakobi("jobs", "--json", "--store", "maildir:\(server.mail)/jobs", in: folder)
        #expect(stats.status == 0 && stats.lines.isEmpty, "\(stats.output)")
    }

    /// MD9: what is there at the start handles everything; no process is started for a mail.
    @Test func manyAtOnceAreHandledByTheProcessesThatAreThere() async throws {
        let count = isSoak ? 10_000 : 2000
        let running = try service("--processes", "8")
        await until { running.error.contains("ready") }
        let before = descendants(of: running.pid)
        #expect(before.count == 8)
        let box = server.mail + "/jobs"
        for number in 0..<count {
            let text = "Delivered-To: jobs@example.org\nX-Number: \(number)\n\n"
            try text.write(toFile: "\(box)/tmp/1700000000.M\(number)P1.host", atomically: false, encoding: .utf8)
        }
        for number in 0..<count {
            let name = "1700000000.M\(number)P1.host"
            #expect(rename("\(box)/tmp/\(name)", "\(box)/new/\(name)") == 0)
        }
        var seen = before
        await until {
            seen.formUnion(descendants(of: running.pid))
            return waiting(in: "jobs").isEmpty
        }
        #expect(seen == before, "no process for a mail")
        #expect(Set(done.map(\.number)).count == count && done.count == count)
        #expect(Set(done.map(\.pid)).isSubset(of: before))
        running.send(SIGTERM)
        #expect(await running.end().status == 0)
    }

    private func descendants(of pid: Int32) -> Set<Int32> {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)) ?? ""
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        let all = tasks.map { (try? String(contentsOfFile: "/proc/\(pid)/task/\($0)/children", encoding: .utf8)) ?? "" }
        let children = Set((all + [text]).joined(separator: " ").split(separator: " ").compactMap { Int32($0) })
        return children.reduce(into: children) { $0.formUnion(descendants(of: $1)) }
    }

    // MARK: qmail

    /// dot-qmail(5): a line that begins with a slash or a dot and ends with a slash is a Maildir, to which qmail-local
    /// delivers by writing in `tmp`, linking into `new`, and removing the first name.
    @Test func whatQmailDeliversByTheLineOfTheHowTo() async throws {
        let line = try MailHowTo.block(with: "/srv/mail/jobs/\n").split(separator: "\n").last.map(String.init) ?? ""
        #expect(line.hasPrefix("/") && line.hasSuffix("/"))
        let box = line.replacing("/srv/mail", with: server.mail).dropLast()
        let running = try service("--processes", "2")
        await until { running.error.contains("ready") }
        for number in 0..<20 {
            let name = "1700000000.\(getpid()).host\(number)"
            let text = "Return-Path: <me@x>\nDelivered-To: jobs-a@y\nX-Number: \(number)\n\nqmail\n"
            let file = open("\(box)/tmp/\(name)", O_WRONLY | O_CREAT | O_EXCL, 0o600)
            #expect(write(file, text, text.utf8.count) == text.utf8.count && fsync(file) == 0 && close(file) == 0)
            #expect(link("\(box)/tmp/\(name)", "\(box)/new/\(name)") == 0 && unlink("\(box)/tmp/\(name)") == 0)
        }
        await until { done.count == 20 }
        #expect(Set(done.map(\.number)) == Set(0..<20) && done.allSatisfy { $0.recipient == "jobs-a@y" })
        running.send(SIGTERM)
        #expect(await running.end().status == 0)
    }
}

/// What MailApp's handler writes down.
struct MailNote {
    struct Done {
        let name: String
        let pid: Int32
        let recipient: String
        let returnPath: String
        let number: Int
        let body: Data
    }

    let name: String
    let pid: Int32
    /// `nil` at the beginning.
    let done: Done?

    init?(_ line: Substring) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count >= 3, let pid = Int32(words[2]) else { return nil }
        (name, self.pid) = (words[1], pid)
        guard words[0] == "done" else {
            done = nil
            return
        }
        guard words.count == 7, let number = Int(words[5]), let body = Data(base64Encoded: words[6]) else { return nil }
        done = Done(name: words[1], pid: pid, recipient: words[3], returnPath: words[4], number: number, body: body)
    }
}
