import Logging
import MinimalLog
import Testing

@Suite("swift-log's lines")
struct HandlerTests {
    private func logger(_ level: Logger.Level = .trace) -> Logger {
        Logger(label: "any") { MinimalLogHandler(label: $0, level: level) }
    }

    @Test("All levels have their word")
    func words() {
        let lines = logged {
            for level in Logger.Level.allCases { logger().log(level: level, "m", file: "A/a.swift", line: 7) }
        }
        let words = ["TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "ERROR", "CRITICAL"]
        #expect(lines == words.map { "2011-06-10T17:41:59 [\($0)] m at a.swift line 7\n" })
    }

    @Test("Metadata follow the message by key, the line's own before the provider's before the logger's")
    func metadata() {
        var logger = logger()
        logger[metadataKey: "a"] = "logger"
        logger[metadataKey: "b"] = "logger"
        logger[metadataKey: "c"] = "logger"
        logger.handler.metadataProvider = Logger.MetadataProvider { ["b": "provider", "c": "provider"] }
        let lines = logged {
            logger.info("m", metadata: ["c": "line", "z": "a=b c", "e": ""], file: "a.swift", line: 1)
        }
        #expect(
            lines == ["2011-06-10T17:41:59 [INFO] m a=logger b=provider c=line e=\"\" z=\"a=b c\" at a.swift line 1\n"])
    }

    @Test("Values in values, quotes and backslashes read back as they were")
    func values() {
        let lines = logged {
            logger().info(
                "m",
                metadata: [
                    "list": ["a", "b c", "\(1)"], "map": ["z": "1", "a": ["b": "2,3"]], "a key": "http://a:1",
                    "quote": "say \"a\\n\"\n",
                    "path": "a\\n",
                    "number": .stringConvertible(7),
                ], file: "a.swift", line: 1)
        }
        #expect(
            lines == [
                "2011-06-10T17:41:59 [INFO] m \"a key\"=http://a:1 list=[a,\"b c\",1] map={a:{b:\"2,3\"},z:1} number=7 path=\"a\\\\n\""
                    + " quote=\"say \\\"a\\\\n\\\"\\n\" at a.swift line 1\n"
            ])
    }

    struct Broken: Error {}

    @Test("An error is told with its type")
    func error() {
        let lines = logged { logger().error("m", error: Broken(), file: "a.swift", line: 1) }
        #expect(lines[0].contains(" m error.message=Broken() error.type=MinimalLogTests.HandlerTests.Broken at"))
    }

    @Test("A task's level goes before the logger's, which is back afterwards")
    func taskLevel() {
        var logger = logger(.info)
        let lines = logged {
            MinimalLog.with {
                $0.level = .warn
            } run: {
                logger.info("not here")
                logger.warning("here")
                MinimalLog.with {
                    $0.level = .mute
                } run: {
                    logger.critical("not here")
                }
            }
            MinimalLog.with {
                $0.isDebug = true
            } run: {
                logger.debug("here")
            }
            MinimalLog.with {
                $0.subject = "a"
            } run: {
                logger.debug("not here")
            }
            logger.info("here")
        }
        #expect(lines.count == 3 && lines.allSatisfy { $0.contains(" here at") })
        logger.logLevel = .error
        #expect(logger.logLevel == .error)
    }

    @Test("What the task's logger knows is on every line there, after what each knows itself; not in what is thrown")
    func taskLogger() {
        var job = logger()
        job[metadataKey: "job"] = "j1"
        job[metadataKey: "a"] = "task"
        let lines = logged {
            withLogger(job) { job in
                var other = logger()
                other[metadataKey: "a"] = "logger"
                other.info("other", file: "a.swift", line: 1)
                job.info("own", metadata: ["job": "j2"], file: "a.swift", line: 2)
                infof("verb", file: "a.swift", line: 3)
                let croak = #expect(throws: MinimalLog.Croak.self) { try croakf("thrown", file: "a.swift", line: 4) }
                #expect(croak?.description == "2011-06-10T17:41:59 [ERROR] thrown at a.swift line 4")
            }
            infof("after", file: "a.swift", line: 5)
        }
        #expect(
            lines.map { $0.dropFirst("2011-06-10T17:41:59 ".count) } == [
                "[INFO] other a=logger job=j1 at a.swift line 1\n", "[INFO] own a=task job=j2 at a.swift line 2\n",
                "[INFO] verb a=task job=j1 at a.swift line 3\n", "[INFO] after at a.swift line 5\n",
            ])
    }

    @Test("What holds here can be taken to a task that inherits nothing")
    func handedOn() async {
        var job = logger()
        job[metadataKey: "job"] = "j1"
        let lines = Lines()
        let here = MinimalLog.with {
            $0.sink = lines
        } run: {
            withLogger(job) { _ in MinimalLog.Here() }
        }
        await Task.detached { here.run { infof("detached", file: "a.swift", line: 1) } }.value
        #expect(lines.all.count == 1 && lines.all[0].hasSuffix(" [INFO] detached job=j1 at a.swift line 1\n"))
    }

    @Test("A copy of a logger is a logger of its own")
    func copies() {
        let first = logger(.error)
        var second = first
        second.logLevel = .debug
        second[metadataKey: "only-on"] = "second"
        #expect(first.logLevel == .error && second.logLevel == .debug)
        #expect(first[metadataKey: "only-on"] == nil && second[metadataKey: "only-on"] == "second")
    }

    @Test("Settings of its own hold but for what the task changes")
    func ownSettings() {
        let own = Lines()
        var settings = MinimalLog.Settings()
        settings.sink = own
        let logger = Logger(label: "any") { [settings] in MinimalLogHandler(label: $0, settings: settings) }
        logger.info("program")
        MinimalLog.with {
            $0.subject = "job"
        } run: {
            logger.info("task")
        }
        let lines = logged { logger.info("task's sink") }
        #expect(own.all.count == 2 && own.all[1].contains("[job] task at"))
        #expect(lines.count == 1)
    }
}
