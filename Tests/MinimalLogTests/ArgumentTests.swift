import MinimalLog
import Testing

@Suite("What the eleven take")
struct ArgumentTests {
    @Test("Nothing, one thing as it is, or a format and what it asks for: the eight that print")
    func printing() throws {
        let lines = logged {
            $0.isDebug = true
        } _: {
            critf(file: "a", line: 1)
            critf("100%d", file: "a", line: 1)
            critf("%d%% of %s", 7, "8", file: "a", line: 1)
            critff(file: "a", line: 1)
            critff("100%d", file: "a", line: 1)
            critff("%d%% of %s", 7, "8", file: "a", line: 1)
            warnf(file: "a", line: 1)
            warnf("100%d", file: "a", line: 1)
            warnf("%d%% of %s", 7, "8", file: "a", line: 1)
            warnff(file: "a", line: 1)
            warnff("100%d", file: "a", line: 1)
            warnff("%d%% of %s", 7, "8", file: "a", line: 1)
            infof(file: "a", line: 1)
            infof("100%d", file: "a", line: 1)
            infof("%d%% of %s", 7, "8", file: "a", line: 1)
            infoff(file: "a", line: 1)
            infoff("100%d", file: "a", line: 1)
            infoff("%d%% of %s", 7, "8", file: "a", line: 1)
            debugf(file: "a", line: 1)
            debugf("100%d", file: "a", line: 1)
            debugf("%d%% of %s", 7, "8", file: "a", line: 1)
            debugff(file: "a", line: 1)
            debugff("100%d", file: "a", line: 1)
            debugff("%d%% of %s", 7, "8", file: "a", line: 1)
        }
        let tags = ["CRITICAL", "WARN", "INFO", "DEBUG"]
        let expected = tags.flatMap { tag in
            [false, true].flatMap { hasCallers in
                ["", "100%d", "7% of 8"].map { ("2011-06-10T17:41:59 [\(tag)] \($0) at a line 1", hasCallers) }
            }
        }
        #expect(lines.count == expected.count)
        for (line, (start, hasCallers)) in zip(lines, expected) {
            try #require(line.hasPrefix(start))
            let rest = line.dropFirst(start.count)
            #expect(hasCallers ? rest.wholeMatch(of: /(, [^ ,]+ line \d+)*\n/) != nil : rest == "\n", "\(line)")
        }
    }

    @Test("The same for the two that throw")
    func throwing() throws {
        let calls: [(message: String, call: () throws -> Void)] = [
            ("", { try croakf(file: "a", line: 1) }), ("100%d", { try croakf("100%d", file: "a", line: 1) }),
            ("7% of 8", { try croakf("%d%% of %s", 7, "8", file: "a", line: 1) }),
            ("", { try croakff(file: "a", line: 1) }), ("100%d", { try croakff("100%d", file: "a", line: 1) }),
            ("7% of 8", { try croakff("%d%% of %s", 7, "8", file: "a", line: 1) }),
        ]
        for (number, (message, call)) in calls.enumerated() {
            var thrown: MinimalLog.Croak?
            let lines = logged {
                thrown = #expect(throws: MinimalLog.Croak.self) { try call() }
            }
            let start = "2011-06-10T17:41:59 [ERROR] \(message) at a line 1"
            let text = try #require(thrown?.description)
            #expect(lines.isEmpty && (number < 3 ? text == start : text.hasPrefix(start)), "\(text)")
        }
    }

    @Test("ddf takes one value and answers text")
    func dumping() { #expect(ddf("100%d") == "100%d" && ddf(["b": 2, "a": 1]) == "{'a' => 1,'b' => 2}") }
}
