import Foundation
import HakobiCore
import Servers
import Testing

@testable import HakobiPostgres

/// What docs/how-to/transactions.md shows of Python, run as it stands there, with Debian's psycopg.
@Suite("The Python of the page on transactions", .serialized, .timeLimit(.minutes(1)))
struct PageTests {
    private let server: PostgresServer
    private let database: String

    init() throws {
        server = try PostgresServer.shared()
        database = try server.database()
        try server.sql("CREATE TABLE orders (id int PRIMARY KEY, receipt text)", database: database)
    }

    @Test("The lines that enqueue make a row and a job, or neither")
    func enqueues() async throws {
        try await withStore { store in
            let lines = try Self.block(holding: "hakobi.enqueue")
            #expect(try await run(lines + "\nprint(job)") == 0)
            let job = try #require(try await store.jobs(matching: JobFilter(), limit: 9, before: nil).first)
            #expect(
                job.kind.description == "send-receipt"
                    && String(decoding: job.payload.bytes, as: UTF8.self).contains("42"))
            #expect(job.dueAt.microseconds - job.createdAt.microseconds > 299_000_000)
            // The row is there already, so the transaction fails.
            #expect(try await run(lines) == 1)
            #expect(try await store.jobs(matching: JobFilter(), limit: 9, before: nil).count == 1)
            #expect(try server.sql("SELECT count(*) FROM orders WHERE id = 42", database: database) == "1")
        }
    }

    @Test("The lines that complete end the job with the handler's own write, and exit with 99")
    func completes() async throws {
        try await withStore { store in
            try server.sql("INSERT INTO orders VALUES (42)", database: database)
            try server.sql("SELECT hakobi.enqueue('send-receipt')", database: database)
            let demand = Demand(
                queues: .all, kinds: [try Kind("send-receipt")], slots: 1, lonelySlots: 0, lease: .seconds(60),
                owner: Owner(node: "n", boot: "b", incarnation: "i"))
            let job = try #require(try await store.claim(demand).first)
            let environment = ["HAKOBI_JOB_ID": job.lease.job.description, "HAKOBI_ATTEMPT": "\(job.lease.attempt)"]
            let lines = "order = 42\n" + (try Self.block(holding: "hakobi.complete"))
            #expect(try await run(lines, environment) == 99)
            #expect(try await store.job(job.lease.job)?.state == .completed)
            #expect(try server.sql("SELECT receipt FROM orders", database: database) == "sent")
            // An attempt that is over completes nothing, and its writes are undone.
            try server.sql("UPDATE orders SET receipt = NULL", database: database)
            #expect(try await run(lines, environment) == 1)
            #expect(try server.sql("SELECT receipt IS NULL FROM orders", database: database) == "t")
        }
    }

    /// What a reader has before these lines.
    private static let opening = """
        import os, sys
        import psycopg
        DSN = os.environ["DSN"]
        connection = psycopg.connect(DSN, autocommit=True)

        """

    private static func block(holding word: String) throws -> String {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(
            contentsOf: tests.deletingLastPathComponent().appending(path: "docs/how-to/transactions.md"),
            encoding: .utf8)
        let blocks = page.components(separatedBy: "```python\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
        #expect(blocks.count == 2)
        return try #require(blocks.first { $0.contains(word) })
    }

    /// The exit status.
    private func run(_ lines: String, _ environment: [String: String] = [:]) async throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", Self.opening + lines]
        process.environment = environment.merging(["DSN": server.url(database: database)]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(!text.contains("ModuleNotFoundError") && !text.contains("SyntaxError"), "\(text)")
        return process.terminationStatus
    }

    private func withStore(_ body: (PostgresStore) async throws -> Void) async throws {
        let store = try await PostgresStore(url: server.url(database: database))
        do { try await body(store) } catch {
            await store.close()
            throw error
        }
        await store.close()
    }
}
