import Foundation
import Glibc
import Servers
import Testing

/// Jobs that complete in the transaction of their own writes, in worker processes, killed at every step: each counts once.
@Suite(.serialized, .timeLimit(.minutes(3))) struct TransactionTests {
    private let folder: Folder
    private let server: PostgresServer
    private let schema: String
    private let database: String

    init() throws {
        folder = try Folder()
        server = try PostgresServer.shared()
        schema = server.freshSchema()
        database = try server.database()
        try server.sql("CREATE TABLE counted (id uuid NOT NULL)", database: database)
    }

    private var store: String { server.url(database: database, "hakobi_schema=\(schema)") }

    private func service() throws -> Running {
        try Running(
            Built.transactionApp,
            ["up", "--processes", "1", "--store", store, "--runtime-directory", folder.path + "/run"],
            in: folder)
    }

    private func enqueue(_ dieAt: String) throws -> String {
        let payload = #"{"database":"\#(server.url(database: database))","schema":"\#(schema)","dieAt":"\#(dieAt)"}"#
        return try server.sql("SELECT \(schema).enqueue('count', '\(payload)')", database: database)
    }

    private func count(_ from: String) throws -> Int {
        Int(try server.sql("SELECT count(*) FROM \(from)", database: database)) ?? -1
    }

    /// Every job has ended, follow-ups included; the service is started again whenever it is gone.
    private func served(_ jobs: Int, isParentKilled: Bool) async throws {
        var service = try service()
        let done = try await until(25) {
            if !service.isRunning { service = try self.service() }
            return try count("\(schema).live") == 0 && count("\(schema).finished") == jobs * 2
        }
        let live = try server.sql("SELECT * FROM \(schema).live", database: database)
        #expect(done, "live: \(live) \(service.error)")
        service.send(SIGTERM)
        // The end that its job has in store for it may still come.
        let status = await service.end().status
        #expect(status == 0 || isParentKilled && status == -SIGKILL)
    }

    private func migrated() async throws {
        let migration = try await hakobi("migrate", "--store", store, in: folder)
        try #require(migration.status == 0, "\(migration.error)")
    }

    @Test(arguments: [
        "never", "before-begin", "after-write", "after-complete", "after-commit", "throw-before-commit",
        "throw-after-commit", "parent-0", "parent-1", "parent-2", "parent-3", "parent-4", "parent-6", "parent-8",
        "parent-12", "parent-20", "parent-40",
    ])
    func countsOnce(_ dieAt: String) async throws {
        try await migrated()
        let id = try enqueue(dieAt)
        try await served(1, isParentKilled: dieAt.hasPrefix("parent-"))
        #expect(try server.sql("SELECT id FROM counted", database: database) == id)
        #expect(try count("\(schema).finished WHERE state = 3") == 2)
        // Whoever ran it told so in the same transaction.
        let line =
            "\(schema).finished JOIN \(schema).reporter USING (reporter) WHERE id = '\(id)' AND pid > 0 AND ran > 0"
        #expect(try count(line) == 1)
        let died = ["before-begin", "after-write", "after-complete"].contains(dieAt)
        if died { #expect(try count("\(schema).attempt WHERE outcome = 'crashed' AND signal = 9") == 1) }
        if dieAt == "after-commit" { #expect(try count("\(schema).attempt") == 0) }
    }

    @Test func whatIsNotCommittedHasFailed() async throws {
        try await migrated()
        let id = try enqueue("forget-commit")
        let service = try service()
        let failed = try await until { try count("\(schema).attempt WHERE outcome = 'failed'") == 1 }
        #expect(failed)
        service.send(SIGTERM)
        #expect(await service.end().status == 0)
        #expect(try count("counted") == 0)
        let error = try server.sql("SELECT error FROM \(schema).attempt", database: database)
        #expect(error.contains("not committed"))
        #expect(try count("\(schema).live WHERE id = '\(id)' AND failures = 1") == 1)
    }
}
