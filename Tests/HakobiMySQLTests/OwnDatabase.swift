import HakobiCore
import Servers
import Testing

@testable import HakobiMySQL

/// A database that no other test has.
struct OwnDatabase {
    let server: MariaDBServer
    let name: String

    init(_ server: MariaDBServer? = nil) throws {
        self.server = try server ?? MariaDBServer.shared()
        name = try self.server.database()
    }

    var url: String { server.url(database: name) }

    /// Runs SQL here as the superuser; its rows, fields separated by tabs.
    @discardableResult
    func sql(_ text: String) throws -> String { try server.sql(text, database: name) }

    /// Somebody else's connection.
    func stranger(user: String = "hakobi") throws -> Client { try Client(server, name, user: user) }

    /// A user who may use the tables that are there, and make none.
    func worker() throws -> String {
        let user = "worker_\(name)"
        try sql(
            """
            CREATE USER \(user)@'127.0.0.1' IDENTIFIED BY 'secret';
            GRANT SELECT, INSERT, UPDATE, DELETE, EXECUTE ON \(name).* TO \(user)@'127.0.0.1'
            """)
        return user
    }

    func withStore(
        user: String = "hakobi", _ options: MySQLOptions = MySQLOptions(logger: quiet),
        _ body: (MySQLStore) async throws -> Void
    ) async throws {
        let store = try MySQLStore(url: server.url(database: name, user: user), options: options)
        do {
            try await body(store)
            await store.close()
        } catch {
            await store.close()
            throw error
        }
    }
}

/// What the tests' jobs look like.
enum Sample {
    static let owner = Owner(node: "n", boot: "b", incarnation: "i")

    static func job(_ kind: String = "k", queue: String = "default", payload: [UInt8] = [1]) throws -> NewJob {
        var random = SystemRandomNumberGenerator()
        return NewJob(
            id: JobID(at: Timestamp(microseconds: 0), using: &random), kind: try Kind(kind),
            queue: try QueueName(queue), payload: Payload(payload))
    }

    static func demand(_ kinds: [String] = ["k"], _ queues: Demand.Queues = .all, slots: Int = 10) throws -> Demand {
        Demand(
            queues: queues, kinds: try kinds.map { try Kind($0) }, slots: slots, lonelySlots: 0, lease: .seconds(60),
            owner: owner)
    }

    static func completion(_ job: ClaimedJob) -> Settlement {
        let report = AttemptReport(host: "h", pid: 1, generation: 0, release: "", ran: .zero)
        return Settlement(job.lease, .completed(result: nil), report: report)
    }
}

extension MySQLStore {
    /// A job comes, is claimed and is completed.
    func serve(_ kind: String = "k") async throws {
        #expect(try await insert([Sample.job(kind)]) == [.inserted])
        let claimed = try await claim(Sample.demand([kind]))
        #expect(claimed.count == 1)
        #expect(try await settle(claimed.map(Sample.completion)) == claimed.map { _ in .settled(followUps: []) })
    }
}
