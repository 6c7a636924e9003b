#if Hummingbird
    import Hakobi
    import Hummingbird
    import Logging
    import MinimalLog
    import MinimalLogHummingbird
    import Testing

    struct Mail: Job {
        static let kind = "mail"
        let to: String
    }

    struct Receipt: Job {
        static let kind = "receipt"
        let to: String
    }

    @Suite("A request's jobs", .timeLimit(.minutes(1)))
    struct RequestJobTests {
        @Test("One search finds the request, its jobs and theirs")
        func followed() async throws {
            let store = MemoryStore()
            let client = JobClient(store.roles)
            let lines = Lines()
            let router = Router()
            router.add(middleware: try RequestLog(sink: { _, _ in lines }))
            router.post("mails") { _, _ in
                infof("asked for a mail")
                return "\(try await client.enqueue(Mail(to: "bob")))"
            }
            try await serving(router) {
                _ = try await $0.ask("/mails", method: "POST", headers: ["X-Request-ID: r1", "Content-Length: 0"])
            }
            try await client.enqueue(Mail(to: "nobody's request"))
            var handlers = Handlers()
            let elsewhere = logger(to: lines)
            handlers.on(Mail.self) { mail, context in
                context.logger.info("sent")
                elsewhere.info("by another's logger")
                try await client.enqueue(Receipt(to: mail.to))
            }
            handlers.on(Receipt.self) { _, context in
                context.logger.info("filed")
                MinimalLog.with {
                    $0.sink = lines
                } run: {
                    infof("by a verb")
                }
            }
            var settings = WorkerSettings()
            settings.once = true
            try await Worker(store.roles, handlers: handlers, settings: settings, logger: logger(to: lines)).run()
            let followed = lines.all.filter { $0.contains(" request-id=r1 ") }
            for word in [
                "asked for a mail", "request ended", "sent", "by another's logger", "filed", "by a verb",
                "job completed",
            ] {
                let expected = word == "job completed" ? 2 : 1
                #expect(followed.filter { $0.contains("] \(word) ") }.count == expected, "\(word) in \(followed)")
            }
            #expect(lines.all.filter { $0.contains("] sent ") }.count == 2)
        }
    }
#endif
