import HakobiCore
import HakobiTestKit
import Testing

@testable import HakobiSQLite

/// A claim costs what it takes: counted in SQLite's own steps, since good and bad plans read alike in EXPLAIN.
@Suite("A claim does not pay for what it walks past", .timeLimit(.minutes(5)))
struct StepTests {
    private static let rows = 500_000

    enum Wall: String, CaseIterable, Sendable {
        case future, unknownKind, paused, finished
    }

    @Test("500,000 rows in the way", arguments: Wall.allCases)
    func wall(_ wall: Wall) async throws {
        let clock = ManualClock()
        try await withStore(SQLiteOptions(clock: clock.storeClock)) { store, _ in
            let without = try await stepsPerClaimedJob(store)
            try await build(wall, in: store, now: clock.wall.microseconds)
            let with = try await stepsPerClaimedJob(store)
            #expect(with <= 3 * without + 20, "\(wall): \(with) steps a job, \(without) without the wall")
            #expect(try await store.stats().states.values.reduce(0, +) > Self.rows)
        }
    }

    @Test("10,000 empty lanes in the way")
    func lanes() async throws {
        try await withStore { store, _ in
            let without = try await stepsPerClaimedJob(store)
            try await store.execute(
                """
                WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 10099)
                INSERT INTO hakobi_lane (queue, kind, priority, is_lonely) SELECT i, i, 5, 0 FROM n
                """)
            let with = try await stepsPerClaimedJob(store)
            #expect(with <= 3 * without + 20, "\(with) steps a job, \(without) without the lanes")
        }
    }

    @Test("the merge of many lanes reads little more than it takes")
    func merge() async throws {
        try await withStore { store, _ in
            var jobs: [NewJob] = []
            for lane in 0..<50 { for _ in 0..<100 { jobs.append(try Sample.job("kind-\(lane)")) } }
            _ = try await store.insert(jobs)
            _ = try await store.takeSteps()
            let claimed = try await store.claim(Sample.demand(500, kinds: (0..<50).map { "kind-\($0)" }))
            #expect(claimed.map(\.lease.job) == jobs.prefix(500).map(\.id) || claimed.count == 500)
            #expect(try await store.takeSteps() < 500 * 200)
        }
    }

    @Test("a list that nothing matches does not walk 500,000 finished jobs")
    func emptyLists() async throws {
        let clock = ManualClock()
        try await withStore(SQLiteOptions(clock: clock.storeClock)) { store, _ in
            try await build(.finished, in: store, now: clock.wall.microseconds)
            _ = try await store.insert([Sample.job("rare")])
            for filter in [
                JobFilter(state: .completed, kind: try Kind("rare")), JobFilter(queue: try QueueName("nowhere")),
                JobFilter(state: .dead), JobFilter(kind: try Kind("never")),
            ] {
                let (found, steps) = try await list(filter, in: store)
                #expect(found.isEmpty && steps < 2000, "\(steps) steps for \(filter)")
            }
        }
    }

    @Test("an old job of a rare kind that waits is listed without a walk", arguments: [Wall.finished, .unknownKind])
    func rareLists(_ wall: Wall) async throws {
        let clock = ManualClock()
        try await withStore(SQLiteOptions(clock: clock.storeClock)) { store, _ in
            let rare = try Sample.job("rare")
            _ = try await store.insert([rare])
            try await build(wall, in: store, now: clock.wall.microseconds)
            let kind = try Kind("rare")
            for filter in [JobFilter(kind: kind), JobFilter(state: .available, kind: kind)] {
                let (found, steps) = try await list(filter, in: store)
                #expect(found.map(\.id) == [rare.id] && steps < 2000, "\(steps) steps for \(filter)")
                #expect(try await store.jobs(matching: filter, limit: 50, before: rare.id).isEmpty)
            }
        }
    }

    private func list(_ filter: JobFilter, in store: SQLiteStore) async throws -> (found: [JobRecord], steps: Int) {
        try await store.writes.submit("test") { session throws(StoreError) in
            _ = session.connection.takeSteps()
            return (try session.jobs(matching: filter, limit: 50, before: nil), session.connection.takeSteps())
        }
    }

    @Test("stats are quick at 500,000 rows")
    func stats() async throws {
        let clock = ManualClock()
        try await withStore(SQLiteOptions(clock: clock.storeClock)) { store, _ in
            _ = try await store.insert([Sample.job()])
            try await build(.unknownKind, in: store, now: clock.wall.microseconds)
            let stats = try await store.stats()
            // The best of several: a busy machine makes any one of them slow, and a walk makes all of them.
            var took = Duration.seconds(60)
            for _ in 1...10 {
                let start = ContinuousClock.now
                _ = try await store.stats()
                took = min(took, ContinuousClock.now - start)
            }
            #expect(stats.states[.available] == Self.rows + 2)
            #expect(stats.lanes.map(\.ready).reduce(0, +) == Self.rows + 2)
            #expect(took < .milliseconds(50), "took \(took)")
        }
    }

    private func stepsPerClaimedJob(_ store: SQLiteStore) async throws -> Int {
        _ = try await store.insert(Sample.jobs(100))
        _ = try await store.takeSteps()
        let claimed = try await store.claim(Sample.demand(100))
        #expect(claimed.count == 100)
        let steps = try await store.takeSteps()
        _ = try await store.completeAll(claimed)
        return steps / 100
    }

    /// Rows as the store writes them, by one statement, with their lane's counts.
    private func build(_ wall: Wall, in store: SQLiteStore, now: Int64) async throws {
        let seed: NewJob =
            switch wall {
            case .future: try Sample.job(due: .after(.seconds(3600)))
            case .unknownKind: try Sample.job("unknown")
            case .paused: try Sample.job(queue: "paused")
            case .finished: try Sample.job(due: .after(.seconds(3600)))
            }
        _ = try await store.insert([seed])
        if wall == .paused { try await store.pause(QueueName("paused")) }
        let finished = wall == .finished ? Self.rows * 99 / 100 : 0
        try await store.execute(
            """
            CREATE TEMP TABLE seed AS SELECT * FROM main.hakobi_job WHERE job_row = (SELECT max(job_row) FROM main.hakobi_job);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(Self.rows))
            INSERT INTO main.hakobi_job (id, lane, kind, state, due, max_failures, ended)
            SELECT randomblob(16), lane, kind, iif(i <= \(finished), 3, 1), due, 10, iif(i <= \(finished), \(now), NULL)
            FROM n, seed;
            UPDATE main.hakobi_lane SET available = available + \(Self.rows - finished), completed = completed + \(finished)
            WHERE lane = (SELECT lane FROM seed);
            """)
    }
}
