import HakobiCore
import HakobiDatabase

@testable import HakobiSQLite

/// Values that tests need and do not care about.
enum Sample {
    static let owner = Owner(node: "node", boot: "boot", incarnation: "one")
    static let report = AttemptReport(host: "node", pid: 1, generation: 0, release: "test", ran: .milliseconds(1))

    static func kind(_ name: String = "work") throws -> Kind { try Kind(name) }

    static func id() -> JobID {
        var generator = SystemRandomNumberGenerator()
        return JobID(at: StoreClock.host.wall(), using: &generator)
    }

    static func job(_ kind: String = "work", queue: String = "default", due: DueTime = .now) throws -> NewJob {
        NewJob(
            id: id(), kind: try Kind(kind), queue: try QueueName(queue), payload: Payload(Array("{}".utf8)), due: due)
    }

    static func jobs(_ count: Int, _ kind: String = "work") throws -> [NewJob] {
        try (0..<count).map { _ in try job(kind) }
    }

    static func demand(_ slots: Int, kinds: [String] = ["work"], owner: Owner = owner) throws -> Demand {
        Demand(
            queues: .all, kinds: try kinds.map { try Kind($0) }, slots: slots, lonelySlots: 0, lease: .seconds(60),
            owner: owner)
    }
}

extension SQLiteStore {
    /// Runs a text as it is; for building large tables fast.
    func execute(_ script: String) async throws(StoreError) {
        try await writes.submit("test") { session throws(StoreError) in try session.connection.execute(script) }
    }

    /// SQLite's steps since the last call.
    func takeSteps() async throws(StoreError) -> Int {
        try await writes.submit("test") { session in session.connection.takeSteps() }
    }

    /// Completes all jobs.
    func completeAll(_ jobs: [ClaimedJob]) async throws(StoreError) -> [Receipt] {
        try await settle(jobs.map { Settlement($0.lease, .completed(result: nil), report: Sample.report) })
    }
}
