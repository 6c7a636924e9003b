import Glibc
import Hakobi
import HakobiCore
import HakobiTestKit
import Logging
import MetricsTestKit
import Testing

@testable import HakobiMaildir

@Suite("Spill", .timeLimit(.minutes(1)))
struct SpillTests {
    private static let away = StoreError(.unreachable, operation: "insert", "insert: away", isTransient: true)

    private func job(_ number: UInt64, _ payload: String = "{}") throws -> NewJob {
        NewJob(id: JobID(high: 1, low: number), kind: try Kind("mail"), payload: Payload(Array(payload.utf8)))
    }

    private func everything() throws -> NewJob {
        NewJob(
            id: JobID(high: 1, low: 2), kind: try Kind("mail"), queue: try QueueName("slow"),
            payload: Payload([0, 10, 10, 255, 13], codec: .raw, version: 3), priority: 9,
            due: .at(Timestamp(microseconds: 1_700_000_000_000_001)), maxFailures: 3,
            limits: TimeLimits(soft: .seconds(1), hard: .seconds(2)),
            idempotencyKey: IdempotencyKey(try JobKey("a\nb: c\\"), window: .seconds(60)),
            uniqueKey: UniqueKey(try JobKey("ü"), onConflict: .replace), metadata: ["trace": "1\n2", "": "x"])
    }

    private func carrier(_ path: String, to store: any JobStore) throws -> SpillCarrier {
        try SpillCarrier(path: path, to: store, logger: Logger(label: "spill") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test("a job is in the file as its producer made it")
    func whole() throws {
        let kept = Timestamp(microseconds: 1_700_000_000_000_000)
        for job in [try everything(), try job(1), try job(1, "")] {
            let spilled = SpilledJob(job: job, kept: kept)
            #expect(try SpilledJob(spilled.bytes) == spilled)
            for count in stride(from: 0, to: spilled.bytes.count, by: 7) {
                #expect(throws: UnreadableSpill.self) { try SpilledJob(Array(spilled.bytes.prefix(count))) }
            }
        }
    }

    @Test("a delay counts from when the job was kept")
    func delays() throws {
        var job = try job(1)
        job.due = .after(.seconds(60))
        let spilled = SpilledJob(job: job, kept: Timestamp(microseconds: 0))
        #expect(spilled.due(at: Timestamp(microseconds: 20_000_000)).due == .after(.seconds(40)))
        #expect(spilled.due(at: Timestamp(microseconds: 90_000_000)).due == .after(.zero))
        #expect(spilled.due(at: Timestamp(microseconds: -5_000_000)).due == .after(.seconds(60)))
    }

    @Test("what was kept is carried in its order, under its id, and nothing stays")
    func carried() async throws {
        try await TestMaildir.with { maildir in
            let spill = try MaildirSpill(path: maildir.path)
            let jobs = try (1...450).map { try job($0) }
            for start in stride(from: 0, to: 450, by: 50) {
                try await spill.keep(Array(jobs[start..<start + 50]), because: Self.away)
            }
            #expect(try MaildirSpill.counts(at: maildir.path + "/none") == nil)
            let counts = try #require(try MaildirSpill.counts(at: maildir.path))
            #expect(counts.waiting == 450 && counts.failed == 0)
            #expect(try #require(counts.oldest) < .seconds(60))
            #expect(try MaildirSpill.obstacle(at: maildir.path) == nil)
            let store = RecordingStore(MemoryStore())
            // One is there already: its answer was lost.
            _ = try await store.insert([jobs[7]])
            try await carrier(maildir.path, to: store).carryOnce()
            let inserted = store.calls.dropFirst().flatMap { call -> [NewJob] in
                if case .insert(let jobs, _) = call { jobs } else { [] }
            }
            #expect(inserted.map(\.id) == jobs.map(\.id))
            #expect(try MaildirSpill.counts(at: maildir.path) == SpillCounts(waiting: 0, failed: 0))
            #expect(try maildir.files("tmp").isEmpty)
        }
    }

    @Test("several carriers bring each job once")
    func together() async throws {
        try await TestMaildir.with { maildir in
            let spill = try MaildirSpill(path: maildir.path)
            try await spill.keep(try (1...600).map { try job($0) }, because: Self.away)
            let store = RecordingStore(MemoryStore())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    let carrier = try carrier(maildir.path, to: store)
                    group.addTask { await carrier.carryOnce() }
                }
                try await group.waitForAll()
            }
            let answers = store.calls.flatMap { call -> [Insertion] in
                if case .insert(_, let answers) = call { answers } else { [] }
            }
            #expect(answers == [Insertion](repeating: .inserted, count: 600))
        }
    }

    @Test("while the store is away they stay; what it refuses, and what is no job, goes to failed with the reason")
    func refused() async throws {
        try await TestMaildir.with { maildir in
            let spill = try MaildirSpill(path: maildir.path)
            var second = try job(2)
            let key = UniqueKey(try JobKey("one"), onConflict: .refuse)
            second.uniqueKey = key
            try await spill.keep([try job(1), second], because: Self.away)
            try maildir.drop("no job", as: "junk")
            let memory = MemoryStore()
            let store = FaultyStore(memory)
            store.add(.fail(.before), to: .insert)
            let metrics = Gauges()
            let carrier = try SpillCarrier(
                path: maildir.path, to: store, logger: Logger(label: "spill") { _ in SwiftLogNoOpLogHandler() },
                interval: .seconds(1), metrics: metrics.kit)
            await carrier.carryOnce()
            #expect(try MaildirSpill.counts(at: maildir.path)?.waiting == 2)
            #expect(try MaildirSpill.counts(at: maildir.path)?.failed == 1)
            #expect(metrics.gauge("hakobi_spill_waiting") == 2 && metrics.gauge("hakobi_spill_failed") == 1)
            store.heal()
            var holder = try job(3)
            holder.uniqueKey = key
            _ = try await memory.insert([holder])
            await carrier.carryOnce()
            #expect(try MaildirSpill.counts(at: maildir.path) == SpillCounts(waiting: 0, failed: 2))
            let reasons = try maildir.files("failed").filter { $0.hasSuffix(".reason") }.map {
                String(decoding: try Files.read("\(maildir.path)/failed/\($0)") ?? [], as: UTF8.self)
            }
            #expect(reasons.contains { $0.contains("this is no spilled job") })
            #expect(reasons.contains { $0.contains("the unique key is taken by job \(holder.id)") })
        }
    }

    @Test("a full spill says so, and keeps nothing")
    func full() async throws {
        try await TestMaildir.with { maildir in
            let spill = try MaildirSpill(path: maildir.path, limit: 5000)
            try await spill.keep([try job(1, String(repeating: "x", count: 4000))], because: Self.away)
            let error = await #expect(throws: StoreError.self) {
                try await spill.keep([try job(2), try job(3, String(repeating: "x", count: 4000))], because: Self.away)
            }
            #expect(error?.reason == .full && error?.effect == .notDone)
            #expect(error?.description.contains(maildir.path) == true)
            #expect(try maildir.files("new").count == 1)
        }
    }

    @Test("after each answer it is clear what becomes of the files, and when to go on")
    func decisions() throws {
        var state = CarryState()
        #expect(
            state.answered([.inserted, .existing(JobID(high: 1, low: 1)), .refused(.invalid("no"))]) == [
                .carried, .carried, .failed("no"),
            ])
        #expect(state.failed(Self.away, count: 2) == [.stays, .stays])
        #expect(!state.isFlowing && state.wait == .milliseconds(100))
        for _ in 0..<10 { _ = state.failed(Self.away, count: 1) }
        #expect(state.wait == .seconds(5))
        // A defect: one by one, until the one is found.
        let defect = StoreError(.internal, operation: "insert", "insert: a defect", isTransient: false)
        _ = state.answered([.inserted])
        #expect(state.failed(defect, count: 3) == [.stays, .stays, .stays])
        #expect(state.isFlowing && state.batch == 1)
        #expect(state.answered([.inserted]) == [.carried])
        #expect(state.failed(defect, count: 1) == [.failed("insert: a defect")])
        #expect(state.batch == 1)
        #expect(state.answered([.inserted]) == [.carried] && state.batch == CarryState.largest)
        // What concerns all is not one job's fault.
        let schema = StoreError(.schema, operation: "insert", "insert: old", isTransient: false)
        #expect(state.failed(schema, count: 1) == [.stays] && !state.isFlowing)
    }

    @Test("what must be left is told once for as long as there is some, and what was answered is not brought again")
    func leftFiles() {
        var left = LeftFiles()
        func look(_ files: [LeftFiles.File]) -> Int? {
            left.begin(["a", "b"])
            left.add(files)
            return left.end()?.count
        }
        let (a, b) = (LeftFiles.File(name: "a", reason: "x"), LeftFiles.File(name: "b", reason: "y", isAnswered: true))
        #expect(look([]) == nil)
        #expect(look([a]) == 1)
        #expect(look([a, b]) == nil)
        #expect(left.isAnswered("b") && !left.isAnswered("a"))
        #expect(look([]) == nil)
        #expect(look([b]) == 1)
        left.begin(["a"])
        #expect(!left.isAnswered("b"))
        let bars = [left.bar(), left.bar()]
        left.begin([])
        #expect(bars + [left.bar()] == [true, false, true])
    }
}

/// What the gauges of a carrier said last.
private struct Gauges {
    let kit = TestMetrics()

    func gauge(_ label: String) -> Double? {
        do { return try kit.expectGauge(label).lastValue } catch { return nil }
    }
}
