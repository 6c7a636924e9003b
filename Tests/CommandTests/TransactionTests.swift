import Foundation
import Glibc
import Servers
import Testing

/// Jobs that complete in the transaction of their own writes, in worker processes, killed at every step: each counts once.
@Suite(.serialized, .timeLimit(.minutes(3))) struct TransactionTests {
    private static let steps = [
        "never", "before-begin", "after-write", "after-complete", "after-commit", "throw-before-commit",
        "throw-after-commit",
    ]
    private static let moments = [0, 1, 2, 3, 4, 6, 8, 12, 20, 40].map { "parent-\($0)" }

    private func service(_ ground: TransactionGround, _ folder: Folder) throws -> Running {
        try Running(
            Built.transactionApp,
            ["up", "--processes", "1", "--store", ground.store, "--runtime-directory", folder.path + "/run"],
            in: folder)
    }

    /// Every job has ended, follow-ups included; the service is started again whenever it is gone.
    private func serve(_ ground: TransactionGround, _ folder: Folder, isParentKilled: Bool) async throws {
        var service = try service(ground, folder)
        let done = try await until(25) {
            if !service.isRunning { service = try self.service(ground, folder) }
            return try ground.count(ground.live) == 0 && ground.count(ground.completed) == 2
        }
        let left = try ground.sql("SELECT * FROM \(ground.live)")
        #expect(done, "live: \(left) \(service.error)")
        service.send(SIGTERM)
        // The end that its job has in store for it may still come; and a service that was started again only now has no
        // handler for a signal yet.
        let status = await service.end().status
        #expect(status == 0 || isParentKilled && [-SIGKILL, -SIGTERM].contains(status), "\(status): \(service.error)")
    }

    private func migrated(_ kind: TransactionGround.Kind, _ folder: Folder) async throws -> TransactionGround {
        let ground = try TransactionGround(kind)
        let migration = try await hakobi("migrate", "--store", ground.store, in: folder)
        try #require(migration.status == 0, "\(migration.error)")
        return ground
    }

    @Test(arguments: TransactionGround.Kind.allCases, steps + moments)
    func countsOnce(_ kind: TransactionGround.Kind, _ dieAt: String) async throws {
        let folder = try Folder()
        let ground = try await migrated(kind, folder)
        let id = try ground.enqueue(dieAt)
        try await serve(ground, folder, isParentKilled: dieAt.hasPrefix("parent-"))
        #expect(try ground.sql("SELECT id FROM counted") == id)
        #expect(try ground.count(ground.completed) == 2)
        // Whoever ran it told so in the same transaction.
        #expect(try ground.count(ground.reported(id)) == 1)
        let died = ["before-begin", "after-write", "after-complete"].contains(dieAt)
        if died { #expect(try ground.count(ground.crashed) == 1) }
        if dieAt == "after-commit" { #expect(try ground.count(ground.attempts) == 0) }
    }

    @Test(arguments: TransactionGround.Kind.allCases)
    func whatIsNotCommittedHasFailed(_ kind: TransactionGround.Kind) async throws {
        let folder = try Folder()
        let ground = try await migrated(kind, folder)
        let id = try ground.enqueue("forget-commit")
        let service = try service(ground, folder)
        let failed = try await until { try ground.count("\(ground.attempts) WHERE outcome = 'failed'") == 1 }
        #expect(failed)
        service.send(SIGTERM)
        #expect(await service.end().status == 0)
        #expect(try ground.count("counted") == 0)
        #expect(try ground.sql("SELECT error FROM \(ground.attempts)").contains("not committed"))
        #expect(try ground.count(ground.failedOnce(id)) == 1)
    }
}
