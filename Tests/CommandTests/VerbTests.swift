import Foundation
import HakobiCore
import Testing

@testable import HakobiCommand

@Suite("The verbs, as a shell sees them")
struct VerbTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    @Test func aJobIsEnqueuedListedShownAndDeleted() async throws {
        let made = try await hakobi(
            "enqueue", "mail", #"{"to": "a@b.c"}"#, "--queue", "post", "--priority", "7", "--delay", "1h",
            "--unique-key", "k", "--max-failures", "3", "--timeout", "90s", "--metadata", "a=b", in: folder)
        #expect(made.status == 0 && made.lines.count == 1 && JobID(made.lines[0]) != nil)
        let listed = try #require(try await hakobi("jobs", "--json", in: folder).objects().first)
        #expect(listed["id"] as? String == made.lines[0])
        #expect(listed["kind"] as? String == "mail" && listed["queue"] as? String == "post")
        #expect(listed["state"] as? String == "available" && listed["priority"] as? Int == 7)
        #expect(listed["attempt"] as? Int == 0 && listed["failures"] as? Int == 0 && listed["crashes"] as? Int == 0)
        #expect(listed["maxFailures"] as? Int == 3 && listed["timeoutSeconds"] as? Double == 90)
        #expect((listed["payload"] as? [String: String]) == ["to": "a@b.c"])
        let created = try TimeText.read(try #require(listed["createdAt"] as? String))
        #expect(try TimeText.read(try #require(listed["runAt"] as? String)) - created == .seconds(3600))
        let shown = try await hakobi("show", made.lines[0], "--json", in: folder).object()
        #expect((shown["history"] as? [Any])?.isEmpty == true)
        #expect(try await hakobi("show", made.lines[0], in: folder).output.contains("unique key  k"))
        let again = try await hakobi("enqueue", "mail", "--unique-key", "k", "--json", in: folder).object()
        #expect(again["result"] as? String == "existing" && again["id"] as? String == made.lines[0])
        let refused = try await hakobi("enqueue", "mail", "--unique-key", "k", "--on-conflict", "refuse", in: folder)
        #expect(refused.status == 1 && refused.errors.count == 1 && refused.error.contains("is taken"))
        #expect(try await hakobi("delete", made.lines[0], in: folder).status == 0)
        #expect(try await hakobi("delete", made.lines[0], in: folder).status == 1)
    }

    @Test func cancelAndRetryTakeIdsOrAFilter() async throws {
        let ids = try await hakobi("enqueue", "a", "--lines", in: folder, input: "1\n2\n3\n").lines
        #expect(ids.count == 3)
        let cancelled = try await hakobi("cancel", ids[0], ids[1], "--json", in: folder).objects()
        #expect(cancelled.map { $0["result"] as? String } == ["done", "done"])
        #expect(try await hakobi("retry", "--state", "cancelled", in: folder).lines.count == 2)
        let stats = try await hakobi("stats", "--json", in: folder).object()
        #expect((stats["states"] as? [String: Int])?["available"] == 3)
        #expect(try await hakobi("retry", in: folder).status == 64)
        #expect(try await hakobi("cancel", "--all", in: folder).lines.count == 3)
    }

    @Test func linesBecomeJobsAndAFailureSaysWhichWereAccepted() async throws {
        let many = (1...2500).map { "{\"n\":\($0)}" }.joined(separator: "\n")
        #expect(try await hakobi("enqueue", "bulk", "--lines", in: folder, input: many).lines.count == 2500)
        let broken = try await hakobi("enqueue", "bulk", "--lines", in: folder, input: "1\n2\n{x}\n4\n")
        #expect(broken.status == 1 && broken.lines.count == 2)
        #expect(broken.errors.count == 2)
        #expect(broken.errors[0].contains("line 3, column 2"))
        #expect(broken.errors[1].contains("lines 1 to 2 were accepted"))
        let raw = try await hakobi("enqueue", "raw", "--raw", "--lines", in: folder, input: "a b\n\nc")
        #expect(raw.lines.count == 3)
        let large = try await hakobi(
            "enqueue", "raw", "--raw", "--lines", in: folder,
            input: "x\n" + String(repeating: "y", count: 1_100_000) + "\n")
        #expect(large.status == 1 && large.errors[0].contains("line 2") && large.errors[1].contains("line 1 was"))
    }

    @Test func payloadsComeFromStandardInputUpToTheLimit() async throws {
        let made = try await hakobi("enqueue", "a", "-", in: folder, input: "[1,\n2]\n")
        #expect(try await hakobi("show", made.lines[0], "--json", in: folder).object()["payload"] as? [Int] == [1, 2])
        let large = String(repeating: "x", count: 1_048_577)
        let refused = try await hakobi("enqueue", "a", "-", "--raw", in: folder, input: large)
        #expect(refused.status == 1 && refused.errors.count == 1 && refused.error.contains("1048576"))
    }

    @Test func queuesArePausedAndCounted() async throws {
        _ = try await hakobi("enqueue", "a", "--queue", "mail", in: folder)
        #expect(try await hakobi("pause", "mail", in: folder).status == 0)
        let queues = try await hakobi("queues", "--json", in: folder).objects()
        #expect(queues.first?["queue"] as? String == "mail" && queues.first?["paused"] as? Bool == true)
        #expect(queues.first?["ready"] as? Int == 1)
        let doubted = try await hakobi("pause", "mial", in: folder)
        #expect(doubted.status == 0 && doubted.error.contains("did you mean \"mail\"?"))
        #expect(try await hakobi("doctor", in: folder).output.contains("`hakobi resume mail`"))
        #expect(try await hakobi("resume", "mail", "mial", "--json", in: folder).objects().count == 2)
        let unknown = try await hakobi("stats", "--queue", "mall", in: folder)
        #expect(unknown.status == 1 && unknown.error.contains("did you mean \"mail\"?"))
    }

    @Test func statsTellAnUnhealthyQueueByItsExitStatus() async throws {
        _ = try await hakobi("enqueue", "a", "--lines", in: folder, input: "1\n2\n3\n")
        #expect(try await hakobi("stats", "--max-waiting", "3", "--max-age", "1h", in: folder).status == 0)
        let bad = try await hakobi("stats", "--max-waiting", "2", "--max-age", "0s", "--json", in: folder)
        #expect(bad.status == 3 && bad.errors.count == 2)
        #expect(((try bad.object()["queues"] as? [[String: Any]])?.first?["ready"] as? Int) == 3)
        #expect(try await hakobi("doctor", in: folder).status == 3)
    }

    @Test func housekeepingVerbs() async throws {
        #expect(try await hakobi("migrate", "--json", in: folder).object()["to"] as? Int ?? 0 > 0)
        #expect(try await hakobi("migrate", in: folder).output.contains("nothing to do"))
        _ = try await hakobi("enqueue", "a", in: folder)
        _ = try await hakobi("cancel", "--all", in: folder)
        let pruned = try await hakobi("prune", "--keep-completed", "0s", "--json", in: folder)
        #expect(try pruned.object()["removed"] as? Int == 1)
        #expect(try await hakobi("version", "--json", in: folder).object()["hakobi"] as? String == hakobiVersion)
        #expect(try await hakobi("--generate-completion-script", "bash", in: folder).output.contains("_hakobi"))
        let checked = try await hakobi("doctor", "--json", in: folder)
        #expect(checked.status == 0)
        #expect(try checked.objects().allSatisfy { $0["level"] as? String == "ok" })
    }

    @Test func checkShowsEverySettingWithItsOrigin() async throws {
        _ = try folder.file("hakobi.yaml", "processes: 3\nexec: { a: cat }\n")
        let good = try await hakobi("check", "--grace", "3s", "--json", in: folder, environment: ["HAKOBI_LEASE": "9s"])
        #expect(good.status == 0)
        let settings = try #require(try good.object()["settings"] as? [[String: String]])
        func origin(_ name: String) -> String? { settings.first { $0["name"] == name }?["origin"] }
        #expect(origin("processes") == "hakobi.yaml line 1" && origin("grace") == "--grace")
        #expect(origin("lease") == "HAKOBI_LEASE" && origin("max-jobs") == "default")
        #expect(try good.object()["store"] as? String == "not there yet; a service makes it when it starts")
        _ = try folder.file("hakobi.yaml", "procesess: 3\ngrace: x\nexec: { a: /no/such/program }\nexce: {}\n")
        let bad = try await hakobi("check", in: folder)
        #expect(bad.status == 1 && bad.errors.count == 4, "\(bad.error)")
        #expect(bad.error.contains("did you mean \"processes\"?") && bad.error.contains("/no/such/program"))
    }

    @Test func checkMakesNothing() async throws {
        // Beside what programs here say, which goes to files.
        func made() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
                !$0.hasSuffix(".out") && !$0.hasSuffix(".err")
            }
        }
        let early = try await hakobi("check", "--exec", "a=cat", in: folder)
        #expect(early.status == 0 && early.output.contains("sqlite:hakobi.db: not there yet"), "\(early.output)")
        #expect(try made() == [])
        let nowhere = try await hakobi("check", "--exec", "a=cat", "--store", "sqlite:no/x.db", in: folder)
        #expect(nowhere.status == 1 && nowhere.error.contains("the directory no does not exist"), "\(nowhere.error)")
        #expect(try made() == [])
        _ = try folder.file("hakobi.db", "")
        let empty = try await hakobi("check", "--exec", "a=cat", in: folder)
        #expect(empty.status == 0 && empty.output.contains("schema 0 of 1: `migrate` brings it up"), "\(empty.output)")
    }
}

@Suite("Bad input gets a sentence and an exit status")
struct BadInputTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    /// Arguments, exit status, and what the one sentence must hold.
    static let cases: [(arguments: [String], status: Int32, words: String)] = [
        (["enqueue", "a", "{\"x\": tru}"], 64, "line 1, column 7"),
        (["enqueue", "a", "--delay", "10"], 64, "10s"),
        (["enqueue", "a", "--delay", "-5s"], 64, "negative"),
        (["enqueue", "a", "--at", "tomorrow"], 64, "2026-11-22T21:40:01Z"),
        (["enqueue", "a", "--priority", "12"], 64, "0 to 9"),
        (["enqueue", "a", "--queue", "a b"], 64, "A-Z a-z 0-9"),
        (["enqueue", ""], 64, "empty"),
        (["enqueue"], 64, "kind"),
        (["enqueue", "a", "--store", "sqllite:x"], 64, "did you mean \"sqlite\"?"),
        (["enqueue", "a", "--store", "ftp://x"], 64, "sqlite:"),
        (["jobs", "--state", "completd"], 64, "\"completed\""),
        (["jobs", "--statte", "x"], 64, "--state"),
        (["show", "xyz"], 64, "32 hexadecimal digits"),
        (["jobs"], 69, "there is no store"),
        (["stats", "--config", "/no/such.yaml"], 64, "/no/such.yaml"),
        (["enqueue", "a", "--store", "sqlite:/proc/x/y.db"], 69, "/proc/x"),
        (["up"], 64, "no handlers"),
        (["up", "--exec", "a=cat", "--processes", "many"], 64, "whole number"),
        (["up", "--exec", "a=/no/such/program"], 64, "/no/such/program"),
        (["up", "--exec", "cat"], 64, "KIND=COMMAND"),
        (["frobnicate"], 64, "frobnicate"),
        (["jbos"], 64, "did you mean \"jobs\"?"),
        (["maildir", "delvier"], 64, "there is no command \"maildir delvier\": did you mean \"maildir deliver\"?"),
        (["maildir", "frobnicate"], 64, "see maildir --help"),
    ]

    @Test(arguments: cases) func refused(_ arguments: [String], _ status: Int32, _ words: String) async throws {
        let run = try await Running(Built.hakobi, arguments, in: folder).end()
        #expect(run.status == status, "\(run.error)")
        #expect(run.errors.count == 1 && run.error.hasPrefix("hakobi: "), "\(run.error)")
        #expect(run.error.contains(words), "\(run.error)")
        #expect(run.output.isEmpty)
    }

    @Test func allProblemsOfAStartAreSaidAtOnce() async throws {
        let run = try await hakobi(
            "up", "--grace", "x", "--max-memory", "y", "--queue", "a b", "--lease", "-1s", in: folder)
        #expect(run.status == 64 && run.errors.count == 4, "\(run.error)")
    }

    @Test func aKindWithTwoHandlersIsRefused() async throws {
        let run = try await hakobi(
            "up", "--exec", "note=cat", in: folder, environment: ["FIXTURE_DUPLICATE": "1"], program: Built.fixture)
        #expect(run.status == 64 && run.errors.count == 2)
        #expect(run.errors.allSatisfy { $0.contains("\"note\" has two handlers") })
    }

    @Test func aFileThatIsNoDatabaseIsOutOfReach() async throws {
        _ = try folder.file("hakobi.db", String(repeating: "not a database ", count: 500))
        for verb in ["jobs", "stats", "doctor"] {
            let run = try await hakobi(verb, in: folder)
            #expect(run.status == 69 && run.errors.count == 1, "\(run.error)")
        }
        #expect(try await hakobi("check", "--exec", "a=cat", in: folder).status == 1)
        #expect(folder.read("hakobi.db").hasPrefix("not a database"))
    }
}
