import HakobiCore
import Testing

extension CrashTests {
    /// The instrument is checked before it judges others.
    @Suite("The laws notice what they forbid")
    struct LawsTests {
        private static let id = JobID(high: 1, low: 1)

        private static func record(
            _ state: JobState, attempt: Int, _ history: [(Int, String)], owner: Owner? = nil
        ) throws -> JobRecord {
            let zero = Timestamp(microseconds: 0)
            var record = JobRecord(
                id: id, kind: try Kind("ok"), queue: .default, state: state, priority: 5, payload: Payload([]),
                maxFailures: 1, limits: TimeLimits(), dueAt: zero, createdAt: zero, metadata: [:])
            record.attempt = attempt
            record.owner = owner
            record.history = history.map {
                AttemptRecord(
                    attempt: $0.0, outcome: $0.1, error: nil, cause: nil, report: nil, startedAt: zero, endedAt: zero)
            }
            return record
        }

        private static func broken(
            _ record: JobRecord?, _ marks: String = "", acknowledged: [JobID] = []
        ) throws -> [String] {
            Laws(
                records: record.map { [$0.id: $0] } ?? [:], marks: MarkFile(text: marks), acknowledged: acknowledged
            ).broken(.ended)
        }

        @Test("a good life breaks none")
        func good() throws {
            let life = try Self.record(.completed, attempt: 2, [(1, "failed"), (2, "completed")])
            let marks = "started \(Self.id) 1 7 1\nstarted \(Self.id) 2 7 2\nfinished \(Self.id) 2 7 3\n"
            #expect(try Self.broken(life, marks, acknowledged: [Self.id]).isEmpty)
        }

        @Test("lost, settled twice, going back, still held, never done, run twice")
        func bad() throws {
            let finished = "finished \(Self.id) 1 7 1\n"
            #expect(try !Self.broken(nil, acknowledged: [Self.id]).isEmpty)
            #expect(
                try !Self.broken(
                    Self.record(.completed, attempt: 2, [(1, "completed"), (2, "completed")]), finished
                ).isEmpty)
            #expect(
                try !Self.broken(Self.record(.completed, attempt: 1, [(1, "failed"), (1, "completed")]), finished)
                    .isEmpty)
            #expect(
                try !Self.broken(
                    Self.record(.running, attempt: 1, [], owner: Owner(node: "a", boot: "b", incarnation: "c"))
                ).isEmpty)
            #expect(try !Self.broken(Self.record(.available, attempt: 0, [])).isEmpty)
            #expect(try !Self.broken(Self.record(.completed, attempt: 1, [(1, "completed")])).isEmpty)
            let twice = "started \(Self.id) 1 7 1\nstarted \(Self.id) 1 8 2\n" + finished
            #expect(try !Self.broken(Self.record(.completed, attempt: 1, [(1, "completed")]), twice).isEmpty)
            let unclaimed = "started \(Self.id) 2 7 1\n" + finished
            #expect(try !Self.broken(Self.record(.completed, attempt: 1, [(1, "completed")]), unclaimed).isEmpty)
        }
    }
}
