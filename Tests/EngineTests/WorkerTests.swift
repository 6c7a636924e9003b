import Hakobi
import Logging
import Synchronization
import Testing

struct WorkerTests {
    @Test func carriesJobsToTheirHandlersAndEnds() async throws {
        let store = MemoryStore()
        let log = Log()
        var handlers = Handlers()
        handlers.on(Greet.self) { job, context in
            log.add("hello \(job.name)")
            if job.name == "Ada" { try context.enqueue(Farewell(name: job.name)) }
        }
        handlers.on(Farewell.self) { job, _ in log.add("bye \(job.name)") }
        let client = JobClient(store.roles)
        try await client.enqueue(Greet(name: "Ada"))
        try await client.enqueue(Greet(name: "Grace"))
        var settings = WorkerSettings()
        settings.once = true
        settings.concurrency = 4
        try await Worker(store.roles, handlers: handlers, settings: settings, logger: Logger(label: "test")).run()
        #expect(log.all.sorted() == ["bye Ada", "hello Ada", "hello Grace"])
        let stats = try await store.stats()
        #expect(stats.states[.completed] == 3)
    }

    @Test func drainsTenThousandJobsEachOnce() async throws {
        let store = MemoryStore()
        let count = Mutex(0)
        var handlers = Handlers()
        handlers.on(Greet.self) { _, _ in count.withLock { $0 += 1 } }
        _ = try await JobClient(store.roles).enqueue(contentsOf: (0..<10_000).map { Greet(name: "\($0)") })
        var settings = WorkerSettings()
        settings.once = true
        settings.concurrency = 8
        var logger = Logger(label: "test")
        logger.logLevel = .error
        let clock = ContinuousClock()
        let time = try await clock.measure {
            try await Worker(store.roles, handlers: handlers, settings: settings, logger: logger).run()
        }
        print("10,000 jobs in \(time)")
        #expect(count.withLock { $0 } == 10_000)
        #expect(try await store.stats().states[.completed] == 10_000)
    }
}
