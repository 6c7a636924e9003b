import Foundation
import GRDB
import Hakobi
import HakobiSQLite
import Logging
import ServiceLifecycle
import Testing

struct SendReceipt: Job {
    static let kind = "send-receipt"
    let order: Int64
}

/// What docs/how-to/embed.md shows, run.
@Suite("Inside a program of one's own", .timeLimit(.minutes(1)))
struct EmbeddedTests {
    @Test("a worker beside a program, and jobs inside its transactions")
    func embedded() async throws {
        let place = try Scratch()
        let path = place.url.appending(path: "shop.db").path(percentEncoded: false)
        let logger = Logger(label: "shop")
        let (sent, report) = AsyncStream<Int64>.makeStream()

        let store = try SQLiteStore(path: path)
        let database = try DatabasePool(path: path, configuration: SQLiteStore.fair(Configuration()))
        try store.makeDurable(database)

        var handlers = Handlers()
        handlers.on(SendReceipt.self) { job, context in
            context.logger.info("sending the receipt of order \(job.order)")
            report.yield(job.order)
        }

        let worker = try Worker(store.roles, handlers: handlers, logger: logger)
        let services = ServiceGroup(services: [worker], logger: logger)

        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }

            try await database.write { db in
                try db.execute(sql: "CREATE TABLE orders (id INTEGER PRIMARY KEY, item TEXT)")
                try db.execute(sql: "INSERT INTO orders (item) VALUES ('tea')")
                let job = try NewJob(SendReceipt(order: db.lastInsertedRowID))
                _ = try store.insert([job], in: db)
            }

            var orders = sent.makeAsyncIterator()
            #expect(await orders.next() == 1)
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
        #expect(try await store.stats().states[.completed] == 1)
        await store.close()
    }
}
