import Logging
import MinimalLog
import Testing

@Suite("Lines, byte for byte")
struct LineTests {
    @Test("The line of the saucer")
    func saucer() throws {
        var thrown = ""
        _ = try logged {
            do {
                try croakf("Flying Saucer", file: "Sample/sample.swift", line: 23)
            } catch let croak as MinimalLog.Croak { thrown = croak.description }
        }
        #expect(thrown == "2011-06-10T17:41:59 [ERROR] Flying Saucer at sample.swift line 23")
    }

    @Test("Each verb has its word")
    func words() {
        let lines = logged {
            $0.isDebug = true
        } _: {
            critf("crit%d", 1, file: "a.swift", line: 1)
            warnf("in%fo", file: "a.swift", line: 2)
            infof("tab\there\nnl\rcr", file: "a.swift", line: 3)
            debugf("%s and %d", "x", 42, file: "a.swift", line: 4)
        }
        #expect(
            lines == [
                "2011-06-10T17:41:59 [CRITICAL] crit1 at a.swift line 1\n",
                "2011-06-10T17:41:59 [WARN] in%fo at a.swift line 2\n",
                "2011-06-10T17:41:59 [INFO] tab\\there\\nnl\\rcr at a.swift line 3\n",
                "2011-06-10T17:41:59 [DEBUG] x and 42 at a.swift line 4\n",
            ])
    }

    @Test("Nothing to say is said in an empty message")
    func empty() {
        let nothing: String? = nil
        let lines = logged {
            infof(file: "a.swift", line: 1)
            infof(nothing, file: "a.swift", line: 2)
        }
        #expect(
            lines == [
                "2011-06-10T17:41:59 [INFO]  at a.swift line 1\n", "2011-06-10T17:41:59 [INFO]  at a.swift line 2\n",
            ])
    }

    @Test("Without a place given, it is the caller's")
    func caller() {
        let lines = logged { infof("here") }
        #expect(lines == ["2011-06-10T17:41:59 [INFO] here at LineTests.swift line \(#line - 1)\n"])
    }

    @Test("A wrapper hands on where it was called")
    func wrapper() {
        func note(_ text: String, file: String = #fileID, line: UInt = #line) { infof(text, file: file, line: line) }
        let lines = logged { note("outside") }
        #expect(lines == ["2011-06-10T17:41:59 [INFO] outside at LineTests.swift line \(#line - 1)\n"])
    }

    @Test("Whitespace passes where settings say so; other control characters never do")
    func whitespace() {
        let lines = logged {
            $0.escapesWhitespace = false
        } _: {
            infof("a\tb\nc\rd\u{1b}", file: "a.swift", line: 1)
        }
        #expect(lines == ["2011-06-10T17:41:59 [INFO] a\tb\nc\rd\\u{1b} at a.swift line 1\n"])
    }

    @Test("What all lines are about stands before the message")
    func subject() {
        let lines = logged {
            $0.subject = "/foo?a=1\n"
        } _: {
            warnf("late", file: "a.swift", line: 1)
        }
        #expect(lines == ["2011-06-10T17:41:59 [WARN] [/foo?a=1\\n] late at a.swift line 1\n"])
    }

    @Test(
        "Each level's colour",
        arguments: [
            ("debug", "\u{1b}[47m\u{1b}[31mm\u{1b}[0m\u{1b}[0m"), ("info", "\u{1b}[32mm\u{1b}[0m"),
            ("warn", "\u{1b}[43m\u{1b}[30mm\u{1b}[0m\u{1b}[0m"),
            ("critical", "\u{1b}[41m\u{1b}[30mm\u{1b}[0m\u{1b}[0m"),
            ("error", "\u{1b}[40m\u{1b}[31mm\u{1b}[0m\u{1b}[0m"),
        ])
    func colors(name: String, bytes: String) throws {
        let level = try #require(Logger.Level(rawValue: name == "warn" ? "warning" : name))
        let lines = logged {
            $0.color = .always
            $0.isDebug = true
        } _: {
            Logger(label: "a") { MinimalLogHandler(label: $0, level: .trace) }
                .log(level: level, "m", metadata: ["k": "v"], file: "a.swift", line: 9)
        }
        #expect(lines == ["2011-06-10T17:41:59 [\(name.uppercased())] \(bytes) k=v at a.swift line 9\n"])
    }

    @Test("A file is never coloured, a terminal where it is asked for")
    func surfaces() {
        func bytes(_ surface: MinimalLog.Surface, _ use: MinimalLog.ColorUse) -> Bool {
            logged(on: surface) {
                $0.color = use
            } _: {
                infof("m")
            }[0].contains("\u{1b}")
        }
        #expect(!bytes(.file, .always) && !bytes(.file, .onTerminal))
        #expect(bytes(.terminal, .always) && bytes(.terminal, .onTerminal) && !bytes(.terminal, .never))
        #expect(bytes(.other, .always) && !bytes(.other, .onTerminal))
    }

    @Test("A line that is too long is cut in its message, whose place stays known")
    func long() {
        let lines = logged(limit: 1024) {
            $0.color = .always
        } _: {
            infof(String(repeating: "長い", count: 1000), file: "a.swift", line: 1)
        }
        #expect(lines[0].utf8.count <= 1024)
        #expect(lines[0].hasPrefix("2011-06-10T17:41:59 [INFO] \u{1b}[32m長い長い"))
        #expect(lines[0].hasSuffix(" bytes]\u{1b}[0m at a.swift line 1\n"))
        #expect(!lines[0].contains("\u{FFFD}"))
    }

    @Test("What is not the message is cut when the message is not enough, and no colour stays open")
    func longOthers() {
        let long = String(repeating: "語v", count: 3000)
        let lines = logged(limit: 1024) {
            $0.color = .always
            $0.subject = long
        } _: {
            Logger(label: "a") { MinimalLogHandler(label: $0) }
                .info("\(long)", metadata: ["k": "\(long)", "\(long)": "v"], file: "a.swift", line: 1)
        }
        #expect(lines[0].utf8.count <= 1024 && lines[0].hasSuffix(" bytes] at a.swift line 1\n"))
        #expect(lines[0].contains(" bytes]\u{1b}[0m") && !lines[0].contains("\u{FFFD}"))
    }
}
