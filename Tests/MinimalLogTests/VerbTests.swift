import MinimalLog
import Synchronization
import Testing

@Suite("Verbs")
struct VerbTests {
    /// The words of the verbs that print.
    func words(_ change: @escaping @Sendable (inout MinimalLog.Settings) -> Void) -> [String] {
        logged(change) {
            critf("a")
            warnf("a")
            infof("a")
            debugf("a")
        }.map { String($0.split(separator: " ")[1]) }
    }

    @Test("Who prints at which level")
    func levels() {
        let all = ["[CRITICAL]", "[WARN]", "[INFO]", "[DEBUG]"]
        for (level, count) in [
            (MinimalLog.Level.debug, 3), (.info, 3), (.warn, 2), (.critical, 1), (.error, 0), (.mute, 0),
        ] {
            #expect(words { $0.level = level } == Array(all.prefix(count)))
            let withDebug = words {
                $0.level = level
                $0.isDebug = true
            }
            #expect(withDebug == Array(all.prefix(level == .debug ? 4 : count)))
        }
    }

    @Test("A module's debug variable is its own affair")
    func modules() throws {
        func lines(_ own: String, _ all: String) throws -> [String] {
            let settings = try MinimalLog.Settings(
                environment: ["OWN": own, "LM_DEBUG": all], debugVariables: ["MinimalLogTests": "OWN"])
            return logged({
                $0.isDebug = settings.isDebug
                $0.moduleDebug = settings.moduleDebug
            }) {
                debugf("own")
                debugf("other", file: "MinimalLogTestsAndMore/a.swift", line: 1)
            }.map { String($0.split(separator: " ")[2]) }
        }
        #expect(try lines("0", "0") == [])
        #expect(try lines("1", "0") == ["own"])
        #expect(try lines("0", "1") == ["other"])
        #expect(try lines("1", "1") == ["own", "other"])
    }

    @Test("What is not printed is not evaluated")
    func lazy() {
        var calls = 0
        func value() -> Int {
            calls += 1
            return calls
        }
        _ = logged {
            $0.level = .mute
        } _: {
            critf("\(value())")
            warnf(value())
            infof("%d %d", value(), value())
            debugff("%d", value())
        }
        _ = logged {
            debugf("\(value())")
            debugf("%d", value())
        }
        #expect(calls == 0)
        #expect(logged { infof("%d", value()) }.count == 1 && calls == 1)
    }

    @Test("croakf throws at any level, never in colour")
    func croak() {
        for level in MinimalLog.Level.allCases {
            let lines = logged({
                $0.level = level
                $0.color = .always
            }) {
                let croak = #expect(throws: MinimalLog.Croak.self) {
                    try croakf("no %s", "way", file: "a.swift", line: 1)
                }
                #expect(croak?.description == "2011-06-10T17:41:59 [ERROR] no way at a.swift line 1")
                #expect(croak?.record.tag == .error && croak?.record.rawMessage == "no way")
                #expect(throws: MinimalLog.Croak.self) { try croakff("no") }
            }
            #expect(lines == [])
        }
    }

    struct Stop: Error, Equatable { let text: String }

    @Test("A scope says what croakf throws, and only there")
    func die() {
        MinimalLog.with {
            $0.die = { Stop(text: $0.rawMessage) }
        } run: {
            #expect(throws: Stop(text: "a")) { try croakf("a") }
        }
        #expect(throws: MinimalLog.Croak.self) { try croakf("a") }
    }

    @Test("A scope gets records instead of lines, also where it is left by an error")
    func print() throws {
        let records = Mutex<[MinimalLog.Record]>([])
        let lines = logged {
            #expect(throws: Stop.self) {
                try MinimalLog.with {
                    $0.color = .always
                    $0.print = { record in records.withLock { $0.append(record) } }
                } run: {
                    warnf("to\tthe hook", file: "a.swift", line: 1)
                    throw Stop(text: "out")
                }
            }
            warnf("to the sink")
        }
        let record = try #require(records.withLock { $0 }.first)
        #expect(lines.count == 1 && lines[0].contains("to the sink"))
        #expect(record.time == "2011-06-10T17:41:59" && record.tag == .warn && record.trace == "a.swift line 1")
        #expect(record.rawMessage == "to\\tthe hook")
        #expect(record.message == "\u{1b}[43m\u{1b}[30mto\\tthe hook\u{1b}[0m\u{1b}[0m")
    }

    @Test("A scope has a form of its own for lines")
    func formatter() {
        let lines = logged {
            $0.formatter = { "\($0.tag.rawValue)|\($0.message)|\($0.trace)" }
        } _: {
            warnf("a\nb", file: "a.swift", line: 1)
        }
        #expect(lines == ["WARN|a\\nb|a.swift line 1\n"])
    }

    @Test("The twins tell the callers, innermost first")
    func stack() throws {
        @inline(never) func inner() { warnff("deep %d", 7) }
        @inline(never) func outer() { inner() }
        let lines = logged { outer() }
        let places = (1...3).map { "VerbTests.swift line \(#line - $0)" }
        let line = try #require(lines.first)
        #expect(line.hasSuffix("\n"))
        #expect(
            line.hasPrefix(
                "2011-06-10T17:41:59 [WARN] deep 7 at \(places[2]), \(places[1]), \(places[0]), "), "\(line)")
    }

    @Test("Concurrent tasks keep their lines, levels and subjects apart")
    func tasks() async {
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let lines = Lines()
                    await MinimalLog.with {
                        $0.sink = lines
                        $0.subject = "\(number)"
                        $0.level = number % 2 == 0 ? .info : .warn
                    } run: {
                        for _ in 0..<20 {
                            infof("%d", number)
                            await Task.yield()
                            // Work started by a job logs as the job does.
                            await withTaskGroup(of: Void.self) { $0.addTask { warnf("%d", number) } }
                        }
                    }
                    return lines.all.count == (number % 2 == 0 ? 40 : 20)
                        && lines.all.allSatisfy { $0.contains("[\(number)] \(number) at") }
                }
            }
            for await isApart in group { #expect(isApart) }
        }
    }
}

extension StringProtocol where SubSequence == Substring {
    func components(_ separator: String) -> [String] {
        var rest = self[...]
        var parts: [String] = []
        while let found = rest.firstRange(of: separator) {
            parts.append(String(rest[..<found.lowerBound]))
            rest = rest[found.upperBound...]
        }
        return parts + [String(rest)]
    }
}
