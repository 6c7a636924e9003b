#if Hummingbird
    import Hakobi
    import Hummingbird
    import Logging
    import MinimalLog
    import MinimalLogHummingbird
    import Testing

    // What docs/how-to/log-like-this.md shows of requests, word for word; the page is compared with this file.

    func routes(_ jobs: JobClient, environment: [String: String]) throws -> Router<BasicRequestContext> {
        let router = Router()
        router.add(middleware: try RequestLog(RequestLogMode(named: environment["APP_ENV"])))
        router.post("saucers") { _, _ in
            infof("launching")
            try await jobs.enqueue(Launch(saucer: "red"))
            return HTTPResponse.Status.accepted
        }
        return router
    }

    struct Launch: Job {
        static let kind = "launch"
        let saucer: String
    }

    @Suite("The page's example", .timeLimit(.minutes(1)))
    struct DocumentedTests {
        @Test("A request's lines look as the page says, and its job has its id")
        func lines() async throws {
            let lines = Lines()
            let store = MemoryStore()
            try await MinimalLog.with {
                $0.sink = lines
            } run: {
                let router = try routes(JobClient(store.roles), environment: [:])
                let answer = try await serving(router, logger: logger(to: lines)) {
                    try await $0.ask("/saucers", method: "POST", headers: ["Content-Length: 0"])
                }
                #expect(answer.hasPrefix("HTTP/1.1 202"))
            }
            let all = await lines.when(count: 2).filter { $0.contains("[/saucers] ") }
            #expect(all.count == 2 && all[0].contains("[/saucers] launching request-id="))
            let job = try #require(try await store.jobs(matching: JobFilter(), limit: 1, before: nil).first)
            #expect(all.allSatisfy { $0.contains(" request-id=\(job.metadata["request-id"] ?? "none") ") })
        }
    }
#endif
