import ArgumentParser
import Foundation
import Hakobi
import Testing

@testable import HakobiCommand
@testable import HakobiPrograms

@Suite("Settings: flags, then environment, then file, then defaults; all problems at once")
struct SettingsTests {
    private func settings(
        flags: SettingsLayer = [:], _ yaml: String? = nil, _ environment: [String: String] = [:]
    ) throws -> Settings {
        let folder = try Folder()
        let path = try yaml.map { try folder.file("settings.yaml", $0) }
        let sources = SettingsSources(flags: flags, config: path ?? "/dev/null", environment: environment)
        return Settings(sources, defaults: SettingsDefaults(processes: 7, release: "r"))
    }

    private func flag(_ key: SettingKey, _ texts: String...) -> SettingsLayer {
        [key: RawSetting(texts: texts, origin: .flag("--\(key.name)"))]
    }

    @Test func theStrongestPlaceWins() throws {
        let yaml = "grace: 1s\nlease: 11s\nconcurrency: 3\n"
        let found = try settings(
            flags: flag(.grace, "9s"), yaml, ["HAKOBI_GRACE": "5s", "HAKOBI_LEASE": "12s", "HAKOBI_WORKERS": "2"])
        #expect(found.grace == Setting(value: .seconds(9), origin: .flag("--grace")))
        #expect(found.lease == Setting(value: .seconds(12), origin: .environment("HAKOBI_LEASE")))
        #expect(found.concurrency.value == 3)
        #expect(found.concurrency.origin.description.hasSuffix("settings.yaml line 3"))
        #expect(found.processes == Setting(value: 2, origin: .environment("HAKOBI_WORKERS")))
        #expect(found.hardLimit == Setting(value: .seconds(3600), origin: .default))
        #expect(found.validate().isEmpty)
    }

    @Test func aFlagThatIsNotWrittenOverridesNothing() throws {
        let flags = try SettingsFlags.parse([])
        #expect(flags.layer().0.isEmpty)
    }

    @Test func bothSpellingsWork() throws {
        for (spelling, key) in [
            ("--workers", SettingKey.processes), ("--processes", .processes), ("--max-rss", .maxMemory),
            ("--max-memory", .maxMemory),
        ] {
            #expect(try SettingsFlags.parse([spelling, "5"]).layer().0[key]?.texts == ["5"])
        }
        #expect(try settings("workers: 3\nmax-rss: 1GiB").maxMemory.value == 1_073_741_824)
    }

    @Test func listsAndMappingsAreOneThing() throws {
        for yaml in [
            "queue: { mail: 3, default: 1 }", "queue:\n  - mail=3\n  - default", "queues:\n  mail: 3\n  default: 1",
        ] {
            #expect(
                try settings(yaml).workerSettings.queues.map { "\($0.queue)=\($0.weight)" } == ["mail=3", "default=1"])
        }
        let exec = try settings("exec:\n  a: cat | wc -c\n").exec.value
        #expect(exec.map(\.command) == ["cat | wc -c"])
        #expect(try settings(nil, ["HAKOBI_QUEUE": "a=2, b"]).queues.value.map(\.weight) == [2, 1])
    }

    @Test func workerProgramsAreAListAndWorkersAreProcesses() throws {
        let both = try SettingsFlags.parse(["--worker", "a -v", "--worker=b", "--workers", "3"]).layer().0
        #expect(both[.worker]?.texts == ["a -v", "b"] && both[.processes]?.texts == ["3"])
        #expect(try settings("worker:\n  - a; b\n  - c\nworkers: 2\n").worker.value == ["a; b", "c"])
        let set = try settings(nil, ["HAKOBI_WORKER": "a\nb", "HAKOBI_WORKERS": "2"])
        #expect(set.worker.value == ["a", "b"] && set.processes.value == 2 && set.problems.isEmpty)
        let written = HandlerSettings(set)
        #expect(try HandlerSettings(written.bytes) == written)
    }

    @Test func everyProblemIsReportedAtOnceWithItsPlace() throws {
        let yaml = "grace: soon\nmax-job: 5\nconcurrency: 0\nqueue: [\"a b\"]\n"
        let problems = try settings(flags: flag(.maxAge, "5x"), yaml, ["HAKOBI_LEASE": "-1s"]).validate()
        #expect(problems.count == 6)
        let all = problems.joined(separator: "\n")
        for part in [
            "settings.yaml line 2: there is no setting \"max-job\": did you mean \"max-jobs\"?",
            "grace is \"soon\" (", "settings.yaml line 1)", "max-age is \"5x\" (--max-age)", "HAKOBI_LEASE): negative",
            "must be 1 or more", "queue has \"a b\"",
        ] {
            #expect(all.contains(part), "\(part) in\n\(all)")
        }
    }

    @Test(arguments: [
        "- a\n- b", "grace: [1, 2]", "grace: 1s\ngrace: 2s", "a: b: c", "\tgrace: 1s", "processes: {a: 1}",
    ])
    func shapesThatWillNotDo(_ yaml: String) throws { #expect(try settings(yaml).problems.isEmpty == false) }

    @Test func anEmptyFileSaysNothing() throws {
        #expect(try settings("# nothing\n").problems.isEmpty)
        #expect(try settings("grace:\n").grace.origin == .default)
    }

    @Test func anUnreadableFileIsAProblem() {
        let sources = SettingsSources(flags: [:], config: "/nonexistent.yaml", environment: [:])
        #expect(sources.problems.first?.contains("/nonexistent.yaml") == true)
    }

    @Test func aVariableThatIsNearlyASettingIsAProblem() throws {
        let problems = try settings(nil, ["HAKOBI_PROCESES": "2", "HAKOBI_OWN_THING": "x", "HAKOBI_JOB_ID": "y"])
            .problems
        #expect(problems == ["there is no variable HAKOBI_PROCESES: did you mean HAKOBI_PROCESSES?"])
    }

    @Test func connectionsAreCountedBeforeTheyAreUsedUp() throws {
        let flags = flag(.processes, "10").merging(flag(.concurrency, "4")) { first, _ in first }
        let problems = try settings(flags: flags, "connections-per-job: 2\nmax-connections: 60").validate()
        #expect(problems.count == 1 && problems[0].contains("need 80, and max-connections is 60: use at most 30 "))
        #expect(try settings(flags: flags, "connections-per-job: 1\nmax-connections: 60").validate().isEmpty)
    }

    @Test(arguments: ["postgres://app@db/shop", "mysql://app@db/shop"])
    func whatTheStoreItselfHoldsOfItsServerIsCounted(store: String) throws {
        let yaml = "processes: 10\nconnections-per-job: 1\nmax-connections: "
        let flags = flag(.store, store)
        #expect(try settings(flags: flags, yaml + "12").validate().isEmpty)
        let problems = try settings(flags: flags, yaml + "11").validate()
        let words = "need 10 and the store 2 more, and max-connections is 11: use at most 9 slots"
        #expect(problems.count == 1 && problems[0].contains(words), "\(problems)")
        #expect(try settings(yaml + "10").validate().isEmpty)
    }

    @Test func aKindMayHaveALeaseOfItsOwn() throws {
        for yaml in ["kind-lease: { report: 10m, mail: 5s }", "kind-lease:\n  - report=10m\n  - mail=5s"] {
            let worker = try settings(yaml).workerSettings
            #expect(worker.kindLeases == [try Kind("report"): .seconds(600), try Kind("mail"): .seconds(5)])
        }
        #expect(try settings("kind-lease: report").problems.count == 1)
        #expect(try settings("kind-lease: { report: 10ms }").validate().first?.contains("1s or more") == true)
    }

    @Test func everySettingHasItsVariableAndItsPlaceInTheFile() throws {
        for key in SettingKey.all where key != .store && key != .exec && key != .queues {
            let found = try settings("\(key.name): \"zz zz\"\n")
            #expect(found.effective.contains { $0.key == key && $0.origin != .default } || !found.problems.isEmpty)
        }
    }
}

@Suite("Stores by URL")
struct StoreLocationTests {
    @Test func schemesAndPlaces() throws {
        #expect(try StoreLocation(reading: "sqlite:a/b.db").path == "a/b.db")
        #expect(try StoreLocation(reading: "sqlite:///var/x.db").path == "/var/x.db")
        #expect(try StoreLocation(reading: "sqlite:x?synchronous=normal").options == ["synchronous": "normal"])
        #expect(try StoreLocation(reading: "memory:").scheme == .memory)
    }

    @Test(arguments: [
        "", "x", "sqlite:", "sqllite:x", "oracle://h/d", "postgres://h:x/d", "sqlite:x?sync=1", "memory:?a=b",
    ])
    func refused(_ text: String) throws {
        #expect(throws: Unreadable.self) { try StoreLocation(reading: text) }
    }
}
