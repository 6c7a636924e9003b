import Foundation
import Glibc
import Testing

@testable import HakobiCommand

@Suite("A Maildir as the store, from the command line", .timeLimit(.minutes(2)))
struct MaildirStoreTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    private var store: String { "maildir:\(folder.path)/box" }

    /// As a mail server delivers.
    private func deliver(_ name: String, to box: String = "box", _ text: String = "Subject: a\n\nb\n") throws {
        let root = folder.path + "/" + box
        for part in ["tmp", "new", "cur"] {
            try FileManager.default.createDirectory(atPath: "\(root)/\(part)", withIntermediateDirectories: true)
        }
        _ = try folder.file("\(box)/tmp/\(name)", text)
        #expect(rename("\(root)/tmp/\(name)", "\(root)/new/\(name)") == 0)
    }

    private func names(_ path: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/\(path)").sorted()) ?? []
    }

    @Test func mailsAreHandledAndGone() async throws {
        let service = try Running(
            Built.hakobi, ["up", "--store", store, "--processes", "2", "--exec", "mail=cat >> out"], in: folder)
        await until { service.error.contains("ready") }
        for number in 1...5 { try deliver("170000000\(number).M1P1Q1.host") }
        await until { names("box/new").isEmpty && folder.read("out").contains("700000005") }
        for number in 1...5 {
            #expect(folder.read("out").contains("\(folder.path)/box/new/170000000\(number).M1P1Q1.host"))
        }
        service.send(SIGTERM)
        #expect(await service.end().status == 0, "\(service.error)")
    }

    @Test func oneThatFailsIsLookedAtAndPutBack() async throws {
        try deliver("1700000001.M1P1Q1.host")
        let run = try await hakobi(
            "up", "--store", store + "?max-failures=1", "--exec", "mail=echo no >&2; exit 1", "--once", in: folder)
        #expect(run.status == 0 && names("box/failed").contains("1700000001.M1P1Q1.host"), "\(run.error)")
        let dead = try #require(try await hakobi("jobs", "--json", "--store", store, in: folder).objects().first)
        let id = try #require(dead["id"] as? String)
        #expect(dead["state"] as? String == "dead")
        #expect(try await hakobi("show", id, "--store", store, in: folder).output.contains("no"))
        #expect(try await hakobi("stats", "--store", store, in: folder).output.contains("default"))
        #expect(try await hakobi("watch", "--count", "1", "--store", store, in: folder).status == 0)
        #expect(try await hakobi("retry", id, "--store", store, in: folder).lines == ["\(id)  done"])
        #expect(names("box/failed").isEmpty && names("box/new").count == 1)
        #expect(try await hakobi("cancel", id, "--store", store, in: folder).lines == ["\(id)  done"])
        #expect(try await hakobi("delete", id, "--store", store, in: folder).lines == ["\(id)  done"])
        #expect(names("box/failed").isEmpty && names("box/new").isEmpty)
    }

    @Test func aMailOverTheLimitGoesToFailedAndTheRestGoesOn() async throws {
        let service = try Running(
            Built.hakobi,
            ["up", "--store", store + "?max-size=1KB", "--processes", "1", "--exec", "mail=cat >> out"], in: folder)
        await until { service.error.contains("ready") }
        try deliver("1700000001.M1P1Q1.host", "Subject: large\n\n" + String(repeating: "x", count: 2000) + "\n")
        try deliver("1700000002.M1P1Q1.host")
        await until { folder.read("out").contains("1700000002") && names("box/new").isEmpty }
        #expect(!folder.read("out").contains("1700000001") && names("box/failed").contains("1700000001.M1P1Q1.host"))
        #expect(
            service.error.contains("at most 1000 are accepted") || service.error.contains("at most 1024 are accepted"))
        let dead = try #require(try await hakobi("jobs", "--json", "--store", store, in: folder).objects().first)
        let id = try #require(dead["id"] as? String)
        #expect(try await hakobi("show", id, "--store", store, in: folder).output.contains("raise max-size"))
        service.send(SIGTERM)
        #expect(await service.end().status == 0, "\(service.error)")
    }

    @Test func severalMaildirsHaveKindsAndQueuesOfTheirOwn() async throws {
        _ = try folder.file(
            "hakobi.yaml",
            "maildir: { a: box-a, b: \"box-b?queue=other&done=cur\" }\nexec: { a: cat >> a.out, b: cat >> b.out }\n")
        try deliver("1700000001.M1P1Q1.host", to: "box-a")
        try deliver("1700000002.M1P1Q1.host", to: "box-b")
        let jobs = try await hakobi("jobs", "--json", in: folder).objects()
        #expect(
            jobs.map { $0["kind"] as? String } == ["b", "a"]
                && jobs.map { $0["queue"] as? String } == ["other", "default"])
        #expect(try await hakobi("up", "--once", in: folder).status == 0)
        #expect(folder.read("a.out").contains("\(folder.path)/box-a/new/1700000001"))
        #expect(folder.read("b.out").contains("\(folder.path)/box-b/new/1700000002"))
        #expect(names("box-a/cur").isEmpty && names("box-b/cur") == ["1700000002.M1P1Q1.host:2,S"])
    }

    @Test func whatIsOnTheCommandLineIsAStoreToo() async throws {
        try deliver("1700000001.M1P1Q1.host")
        let named = try await hakobi("jobs", "--json", "--maildir", "post=box", in: folder).objects()
        #expect(named.map { $0["kind"] as? String } == ["post"])
        let both = try await hakobi(
            "jobs", "--json", "--store", "maildir:box?kind=letter&queue=q", "--maildir", "post=box-2", in: folder)
        #expect(both.status == 69 && both.error.contains("no Maildir at \(folder.path)/box-2"), "\(both.error)")
    }

    @Test func doctorKnowsMaildirs() async throws {
        try deliver("1700000001.M1P1Q1.host")
        let doctor = try await hakobi("doctor", "--store", store, in: folder)
        for words in ["opens", "ok    permissions", "ok    file system", "ok    arrivals", "disk space", "file mode"] {
            #expect(doctor.output.contains(words), "\(doctor.output)\(doctor.error)")
        }
        #expect(doctor.status == 3 && doctor.output.contains("fail  workers"), "\(doctor.output)")
    }

    /// One sentence, a status, and these words.
    private func expect(_ store: [String], _ status: Int32, _ words: String) async throws {
        for verb in [["enqueue", "a"], ["jobs"], ["doctor"], ["up", "--exec", "mail=cat", "--once"]] {
            let run = try await Running(Built.hakobi, verb + store, in: folder).end()
            let errors = run.errors.filter { $0.hasPrefix("hakobi: ") }
            #expect(
                run.status == status && errors.count == 1 && run.output.isEmpty, "\(verb): \(run.output)\(run.error)")
            #expect(errors.first?.contains(words) == true, "\(verb): \(run.error)")
        }
    }

    @Test(arguments: [
        (["--store", "maildir:"], "needs a path"), (["--store", "maildir:/srv/.Junk"], "Maildir++"),
        (["--store", "maildir:box?quue=a"], "did you mean \"queue\"?"),
        (["--store", "maildir:box?done=keep"], "remove, cur"),
        (["--store", "maildir:box?max-size=0"], "1 byte or more"),
        (["--store", "maildir:box?kind="], "kind is \"\""), (["--store", "maildir://host/box"], "has no host"),
        (["--maildir", "box"], "KIND=PATH"), (["--maildir", "a=box?kind=b"], "no option \"kind\""),
        (["--store", "sqlite:a.db", "--maildir", "a=box"], "a service has one store"),
    ])
    func whatDoesNotRead(_ flags: [String], _ words: String) async throws {
        try await expect(flags, 64, words)
        #expect(names("").allSatisfy { !$0.contains("box") && !$0.hasSuffix(".db") })
    }

    @Test func placesThatCannotBeAMaildir() async throws {
        _ = try folder.file("mbox", "From a\n")
        try await expect(["--store", "maildir:mbox"], 69, "one file (mbox)")
        try await expect(["--store", "maildir:none/box"], 69, "does not exist; create it first")
        try await expect(["--maildir", "a=box", "--maildir", "mail=box/"], 69, "box")
    }

    @Test func lookingMakesNothing() async throws {
        let none = try await hakobi("jobs", "--store", store, in: folder)
        #expect(none.status == 69 && none.error.contains("there is no Maildir at"), "\(none.error)")
        let check = try await hakobi("check", "--store", store, "--exec", "mail=cat", in: folder)
        #expect(check.status == 0 && check.output.contains("not there yet"), "\(check.output)\(check.error)")
        #expect(names("box").isEmpty)
        #expect(try await hakobi("migrate", "--store", store, in: folder).error.contains("it has no schema"))
    }

    @Test func keysAreRefusedInASentence() async throws {
        let run = try await hakobi("enqueue", "a", "--unique-key", "k", "--store", store, in: folder)
        #expect(run.status == 1 && run.error.contains("a Maildir keeps no idempotency keys"), "\(run.error)")
        #expect(try await hakobi("enqueue", "a", "--store", store, in: folder).lines.count == 1)
    }
}
