import HakobiCore
import HakobiMaildir
import HakobiTestKit
import Testing

@Suite("MaildirStore keeps what every store promises, as far as a folder can", .serialized)
struct ConformanceTests {
    /// Checks of jobs with an idempotency key or a unique key, which a folder refuses at insert with a sentence. What of
    /// them does not concern keys has a test of its own below.
    static let exceptions: Set<String> = [
        "one idempotency key is one job", "idempotency keys of two kinds do not meet",
        "idempotency keys are compared byte by byte",
        "an idempotency key is forgotten when its window ends, and not before",
        "an idempotency key outlives its job's completion",
        "pruning a job does not shorten its idempotency key's window",
        "deleting a job does not shorten its idempotency key's window", "keys within one insert are met in order",
        "a job that was not kept leaves no idempotency key", "a refused job leaves nothing behind",
        "a job comes back with the values it was given", "a unique key that is taken keeps its holder",
        "a newcomer that asks for it is refused a taken unique key",
        "a newcomer that asks for it replaces a waiting holder", "a running holder of a unique key is not replaced",
        "a unique key is free once its holder has ended", "a unique key stays taken between attempts",
        "unique keys of two kinds do not meet", "unique keys are compared byte by byte",
        "deleting a waiting job frees its unique key", "a follow-up may take the unique key its parent lets go",
        "follow-ups obey idempotency keys", "a retry is refused while another live job has the unique key",
        "a retried job holds its unique key again", "of many who insert one idempotency key at once, one does",
        "of many who insert one unique key at once, one does",
    ]

    @Test(
        "promise", .timeLimit(.minutes(1)), arguments: StoreConformance.checks.filter { !exceptions.contains($0.name) })
    func keeps(_ check: StoreConformance.Check) async throws { try await run(check) }

    @Test("every exception is a check that there is, and cannot be kept", arguments: exceptions.sorted())
    func exception(_ name: String) async throws {
        let check = try #require(StoreConformance.checks.first { $0.name == name }, "there is no such check")
        await #expect(throws: BrokenPromise.self) { try await run(check) }
    }

    /// With records, and mails that are kept: most checks look at jobs that have completed.
    private func run(_ check: StoreConformance.Check) async throws {
        try await TestMaildir.with { maildir in
            let clock = ManualClock()
            let options = MaildirOptions(keepsRecords: true, clock: clock.storeClock)
            try await maildir.withStore(options) {
                $0.completed = .kept
            } _: { store in
                try await check.run(StoreFixture(store, wakeUps: store, clock: clock))
            }
        }
    }

    @Test("a job without keys comes back with the values it was given, after a restart too")
    func values() async throws {
        let clock = ManualClock()
        let options = MaildirOptions(clock: clock.storeClock)
        var job = NewJob(
            id: JobID(high: 0x7000, low: 0x8000_0000_0000_0001), kind: try Kind("wörk"),
            payload: Payload([0, 10, 255], codec: .raw, version: 7))
        job.queue = try QueueName("a/b:c")
        job.priority = 9
        job.due = .after(.seconds(60))
        job.maxFailures = 3
        job.limits = TimeLimits(soft: .seconds(1), hard: .seconds(2))
        job.metadata = ["trace": "a\nb", "": "ü"]
        try await TestMaildir.with { maildir in
            try await maildir.withStore(options) { store in try await #expect(store.insert([job]) == [.inserted]) }
            try await maildir.withStore(options) { store in
                let record = try #require(try await store.job(job.id))
                #expect(record.kind == job.kind && record.queue == job.queue && record.payload == job.payload)
                #expect(record.priority == 9 && record.maxFailures == 3 && record.limits == job.limits)
                #expect(record.metadata == job.metadata)
                #expect(record.dueAt == clock.wall + .seconds(60) && record.createdAt == clock.wall)
                try await #expect(store.claim(1, kinds: ["wörk"]).isEmpty)
                clock.advance(by: .seconds(60))
                let claimed = try #require(try await store.claim(1, kinds: ["wörk"]).first)
                #expect(claimed.payload == job.payload && claimed.metadata == job.metadata)
                #expect(claimed.limits == job.limits && claimed.maxFailures == 3)
            }
        }
    }

    @Test("a job with a key is refused with a sentence and leaves nothing")
    func keys() async throws {
        var job = NewJob(id: JobID(high: 0x7000, low: 1), kind: try Kind("work"), payload: Payload([]))
        job.idempotencyKey = IdempotencyKey(try JobKey("k"))
        try await TestMaildir.with { maildir in
            try await maildir.withStore { store in
                let answers = try await store.insert([job])
                guard case .refused(.unsupported(let sentence)) = answers.first else {
                    Issue.record("answered \(answers)")
                    return
                }
                #expect(sentence.contains("keeps no idempotency keys"))
                try await #expect(store.job(job.id) == nil)
                #expect(try maildir.files("new").isEmpty && maildir.files("hakobi/state").isEmpty)
            }
        }
    }
}
