#if Hummingbird
    import Foundation
    import HTTPTypes
    import Hummingbird
    import Logging
    import MinimalLog
    import MinimalLogHummingbird
    import Synchronization
    import Testing

    @Suite("A request's log", .timeLimit(.minutes(1)))
    struct RequestLogTests {
        private typealias Log = RequestLog<BasicRequestContext>

        private func router(_ log: Log) -> Router<BasicRequestContext> {
            let router = Router()
            router.add(middleware: log)
            return router
        }

        @Test("One line tells of the request; all have its URI and its id, whoever writes them")
        func lines() async throws {
            let lines = Lines()
            let elsewhere = logger(to: Lines())
            let router = router(try Log(sink: { _, _ in lines }))
            router.get("saucers") { _, context in
                infof("%d found", 3)
                debugf("not in production")
                elsewhere.info("looked")
                context.logger.info("known")
                return "three"
            }
            let answer = try await serving(router) {
                try await $0.ask("/saucers?page=2", headers: ["X-Request-ID: 5f3a"])
            }
            #expect(answer.hasPrefix("HTTP/1.1 200") && answer.contains("\r\nX-Request-ID: 5f3a\r\n"))
            let all = await lines.when(count: 4)
            #expect(all.count == 4 && all.allSatisfy { $0.contains(" [INFO] [/saucers?page=2] ") }, "\(all)")
            #expect(all.allSatisfy { $0.contains(" request-id=5f3a ") })
            #expect(all[0].contains("] 3 found request-id=5f3a at RequestLogTests.swift line "))
            #expect(all[2].contains("] known request-id=5f3a at "))
            #expect(
                all[3].contains("] request ended method=GET ms=") && all[3].contains(" status=200 at RequestEnd.swift"))
        }

        @Test("Without a sink of the request's own each logger keeps to its own")
        func ownSinks() async throws {
            let lines = Lines()
            let own = logger(to: lines)
            let router = router(try Log())
            router.get("x") { _, _ in
                own.info("here")
                return ""
            }
            try await serving(router) { _ = try await $0.ask("/x") }
            #expect(await lines.when(count: 1)[0].contains("[/x] here request-id="))
        }

        @Test(
            "An id that could mislead is not taken over, and the new one is told", arguments: ["a b", "a\"b", "ä", ""])
        func ids(given: String) async throws {
            let lines = Lines()
            let router = router(try Log(sink: { _, _ in lines }))
            router.get("id") { _, context in context.id }
            let answer = try await serving(router) { try await $0.ask("/id", headers: ["X-Request-ID: \(given)"]) }
            let id = try #require(answer.split(separator: "\r\n").last)
            #expect(id.count == 16 && id.allSatisfy(\.isHexDigit))
            #expect(answer.contains("X-Request-ID: \(id)\r\n"))
            #expect(await lines.when(count: 1)[0].contains(" request-id=\(id) "))
        }

        struct Refused: HTTPResponseError {
            let status = HTTPResponse.Status.conflict
            func response(from request: Request, context: some RequestContext) -> Response {
                Response(status: status, headers: [.init("X-Request-ID")!: "its-own"])
            }
        }

        @Test(
            "The id is told with every answer, those made of errors included",
            arguments: [
                ("/nowhere", "404", "r1"), ("/thrown", "418", "r1"), ("/broken", "500", "r1"),
                ("/refused", "409", "its-own"),
            ])
        func idsOfErrors(target: String, status: String, id: String) async throws {
            let router = router(try Log(sink: { _, _ in Lines() }))
            router.get("thrown") { _, _ -> String in throw HTTPError(.init(code: 418), message: "a teapot") }
            router.get("broken") { _, _ -> String in throw Broken() }
            router.get("refused") { _, _ -> String in throw Refused() }
            let answer = try await serving(router) { try await $0.ask(target, headers: ["X-Request-ID: r1"]) }
            #expect(answer.hasPrefix("HTTP/1.1 \(status)"))
            #expect(answer.components(separatedBy: "X-Request-ID: ").count == 2)
            #expect(answer.contains("\r\nX-Request-ID: \(id)\r\n"), "\(answer)")
            #expect(answer.contains("a teapot") == (target == "/thrown"))
        }

        @Test("Another's handler has the id once as well, and Hummingbird knows it by its own name")
        func otherHandlers() async throws {
            let lines = Lines()
            let log = try RequestLog<Serverless>(sink: { _, _ in lines })
            let written = Mutex<[String]>([])
            var logger = Logger(label: "test") { _ in Metadata { metadata in written.withLock { $0.append(metadata) } }
            }
            logger[metadataKey: "hb.request.id"] = "its own"
            let request = Request(
                head: HTTPRequest(
                    method: .get, scheme: nil, authority: nil, path: "/", headerFields: [.init("X-Request-ID")!: "r1"]),
                body: .init(buffer: ByteBuffer()))
            _ = try await log.handle(request, context: Serverless(source: .init(logger: logger))) { _, context in
                #expect(context.id == "r1")
                context.logger.info("here")
                Logger.current.info("here")
                return Response(status: .ok)
            }
            #expect(written.withLock { $0 }.prefix(2) == ["request-id=r1", "request-id=r1"])
        }

        /// Writes nothing but what it knows.
        private struct Metadata: LogHandler {
            let write: @Sendable (String) -> Void
            var metadata: Logger.Metadata = [:]
            var logLevel = Logger.Level.info
            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }
            init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }
            func log(event: LogEvent) {
                write(metadata.map { "\($0)=\($1)" }.sorted().joined(separator: " "))
            }
        }

        @Test("An id of 128 letters is taken over, a longer one is not")
        func longIDs() async throws {
            let router = router(try Log(sink: { _, _ in Lines() }))
            router.get("id") { _, context in context.id }
            let longest = String(repeating: "x", count: 128)
            let answers = try await serving(router) {
                [
                    try await $0.ask("/id", headers: ["X-Request-ID: \(longest)"]),
                    try await $0.ask("/id", headers: ["X-Request-ID: \(longest)x"]),
                ]
            }
            #expect(answers[0].hasSuffix(longest) && !answers[1].contains("xx"))
        }

        @Test("What a request starts logs in it: child tasks, what is handed the place, the body; and no other's")
        func together() async throws {
            let lines = Lines()
            let router = router(try Log(sink: { _, _ in lines }))
            router.get("all/{name}") { _, context in
                let name = context.parameters.get("name") ?? ""
                async let child: Void = infof("child of \(name)")
                await child
                let here = MinimalLog.Here()
                await Task.detached { here.run { infof("detached by \(name)") } }.value
                await Task.detached { await here.run { await tidyUp(after: name) } }.value
                return Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        infof("body of \(name)")
                        try await writer.write(ByteBuffer(string: name))
                        try await writer.finish(nil)
                    })
            }
            try await serving(router) { server in
                try await withThrowingTaskGroup(of: String.self) { group in
                    for number in 1...20 {
                        group.addTask {
                            try await server.ask("/all/n\(number)", headers: ["X-Request-ID: id\(number)"])
                        }
                    }
                    for try await answer in group { #expect(answer.hasPrefix("HTTP/1.1 200")) }
                }
            }
            let all = await lines.when(count: 100)
            #expect(all.count == 100)
            for number in 1...20 {
                let own = all.filter { $0.contains("[/all/n\(number)] ") }
                #expect(own.count == 5 && own.allSatisfy { $0.contains(" request-id=id\(number) ") })
                #expect(own.filter { $0.contains(" n\(number) ") }.count == 4)
            }
        }

        private func tidyUp(after name: String) async { infof("tidied after %s", name) }

        @Test("Development prints debug lines in colour, production from where on the program prints")
        func modes() async throws {
            let development = Lines()
            let production = Lines()
            let router = Router()
            for (name, log) in [
                ("development", try Log(RequestLogMode(named: "development"), sink: { _, _ in development })),
                (
                    "production",
                    try Log(RequestLogMode(named: nil), sink: { _, _ in production }, change: { $0.level = .warn })
                ),
            ] {
                router.group(RouterPath(name)).add(middleware: log).get("x") { _, context in
                    debugf("closely")
                    context.logger.debug("more closely")
                    return ""
                }
            }
            try await serving(router) {
                _ = try await $0.ask("/development/x")
                _ = try await $0.ask("/production/x")
            }
            let all = await development.when(count: 3)
            #expect(all.count == 3 && all[0].contains(" [DEBUG] [/development/x] \u{1b}[47m\u{1b}[31mclosely\u{1b}[0m"))
            #expect(production.all.isEmpty)
        }

        @Test("A formatter makes the line from the request and what is in it, an encoding its bytes")
        func formatter() async throws {
            let lines = Lines()
            let router = router(
                try Log(
                    sink: { _, _ in lines }, formatter: { "\($0.method) \($1.subject ?? ""): \($1.rawMessage)" },
                    encoding: "EUC-JP"))
            router.get("japan") { _, _ in
                infof("運び🛸")
                return ""
            }
            try await serving(router) { _ = try await $0.ask("/japan") }
            _ = await lines.when(count: 2)
            #expect(
                lines.bytes[0] == Array("GET /japan: ".utf8) + [0xB1, 0xBF, 0xA4, 0xD3] + Array("\\u{1f6f8}\n".utf8))
        }

        @Test("An encoding that does not exist ends the start")
        func unknownEncoding() {
            #expect(throws: MinimalLog.EncodingError.self) { try Log(encoding: "EUC-JPP") }
        }

        /// For what no server's parser lets through.
        private struct Serverless: RequestContext {
            struct Source: RequestContextSource { let logger: Logger }
            var coreContext: CoreRequestContextStorage
            init(source: Source) { coreContext = .init(source: source) }
        }

        @Test("A URI can neither begin a line of its own nor act on a terminal")
        func hostileURI() async throws {
            let lines = Lines()
            let log = try RequestLog<Serverless>(sink: { _, _ in lines })
            let request = Request(
                head: HTTPRequest(
                    method: .get, scheme: nil, authority: nil, path: "/a\r\n2011 [INFO] b\u{1b}[2J\u{202e}"),
                body: .init(buffer: ByteBuffer()))
            let context = Serverless(source: .init(logger: logger(to: lines)))
            _ = try await log.handle(request, context: context) { _, _ in Response(status: .ok) }
            // Control characters are blanks in any request's target already.
            #expect(lines.all.count == 1 && lines.all[0].utf8.filter { $0 < 0x20 } == [UInt8(ascii: "\n")])
            #expect(lines.all[0].contains(#" [/a  2011 [INFO] b [2J\u{202e}] request ended"#), "\(lines.all)")
        }

        struct Broken: Error {}

        @Test("An error, a body that breaks and a body that is thrown away have their line, once")
        func ends() async throws {
            let lines = Lines()
            let router = router(try Log(sink: { _, _ in lines }))
            router.get("error") { _, _ -> String in throw Broken() }
            router.get("broken") { _, _ in Response(status: .ok, body: ResponseBody { _ in throw Broken() }) }
            try await serving(router) {
                _ = try await $0.ask("/error")
                _ = try await $0.ask("/nowhere")
                _ = try await $0.ask("/broken")
                _ = try await $0.ask("/error", method: "HEAD")
            }
            let ends = await lines.when(count: 4).filter { $0.contains("request ended") }
            #expect(ends.count == 4)
            #expect(
                ends[0].contains("[ERROR] [/error] ") && ends[0].contains(" error=Broken() ")
                    && ends[0].contains("=500 "))
            #expect(ends[1].contains("[WARN] [/nowhere] ") && ends[1].contains(" status=404 "))
            #expect(
                ends[2].contains("[WARN] [/broken] ") && ends[2].contains(" error=Broken() ")
                    && ends[2].contains("=200 "))
        }
    }
#endif
