import HakobiCore
import Testing

@testable import HakobiCommand
@testable import HakobiPrograms

@Suite("Values as people type them")
struct TextTests {
    @Test(arguments: [
        ("10s", 10_000_000), ("5m", 300_000_000), ("1h30m", 5_400_000_000), ("250ms", 250_000), ("2d", 172_800_000_000),
        ("0", 0), ("0s", 0), ("7us", 7), ("1d2h3m4s5ms", 93_784_005_000),
    ])
    func durations(_ text: String, _ microseconds: Int64) throws {
        let duration = try DurationText.read(text)
        #expect(duration == .microseconds(microseconds))
        #expect(try DurationText.read(DurationText.exact(duration)) == duration)
    }

    @Test(arguments: ["", "5", "5x", "s", "-5s", "1.5h", "10 s", "99999999999999d", "５s"])
    func refusedDurations(_ text: String) { #expect(throws: Unreadable.self) { try DurationText.read(text) } }

    @Test(arguments: [
        ("0", 0), ("4096", 4096), ("256MB", 256_000_000), ("1GiB", 1_073_741_824), ("64k", 65_536), ("2mib", 2_097_152),
    ])
    func sizes(_ text: String, _ bytes: Int64) throws { #expect(try SizeText.read(text) == bytes) }

    @Test(arguments: ["", "MB", "-1", "1TBB", "1.5GB", "99999999999GiB"])
    func refusedSizes(_ text: String) { #expect(throws: Unreadable.self) { try SizeText.read(text) } }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-11-22T21:40:01Z", 1_795_383_601_000_000),
        ("2026-11-23T06:40:01+09:00", 1_795_383_601_000_000), ("2026-11-22 21:40:01.25", 1_795_383_601_250_000),
        ("2024-02-29", 1_709_164_800_000_000), ("1969-12-31T23:59:59Z", -1_000_000),
    ])
    func times(_ text: String, _ microseconds: Int64) throws {
        let moment = try TimeText.read(text)
        #expect(moment.microseconds == microseconds)
        #expect(try TimeText.read(TimeText.write(moment)) == moment)
    }

    @Test(arguments: ["", "tomorrow", "2026-13-01", "2023-02-29", "2026-11-22T25:00", "2026-11-22T21:40:01+9", "12:30"])
    func refusedTimes(_ text: String) { #expect(throws: Unreadable.self) { try TimeText.read(text) } }

    @Test func theNearestSpellingIsFewEditsAway() {
        #expect(Spelling.nearest(to: "max-job", among: ["max-jobs", "max-age"]) == "max-jobs")
        #expect(Spelling.nearest(to: "procesess", among: ["processes", "grace"]) == "processes")
        #expect(Spelling.nearest(to: "zebra", among: ["processes", "grace"]) == nil)
    }
}

@Suite("JSON is checked with line and column")
struct JSONCheckTests {
    @Test(arguments: [
        "{}", "[]", " null ", "-0.5e+10", "\"\\u00e9\\n\"", #"{"a":[1,2,{"b":null}],"c":true}"#, "\"é\"", "0",
    ])
    func good(_ text: String) throws { try JSONCheck.check(Array(text.utf8)) }

    @Test(arguments: [
        ("", 1, 1), ("{", 1, 2), ("[1,]", 1, 4), ("{\"a\" 1}", 1, 6), ("01", 1, 2), ("1 2", 1, 3), ("tru", 1, 1),
        ("[1,\n 2,\n x]", 3, 2), ("\"é\" x", 1, 5), ("\"abc", 1, 1), ("{'a':1}", 1, 2), ("1.", 1, 3), ("\"\\q\"", 1, 3),
        ("[\"\t\"]", 1, 3),
    ])
    func bad(_ text: String, _ line: Int, _ column: Int) throws {
        let error = try #require(throws: MalformedJSON.self) { try JSONCheck.check(Array(text.utf8)) }
        #expect(error.line == line && error.column == column, "\(error)")
    }

    @Test func bytesThatAreNoTextAreNamed() throws {
        let error = try #require(throws: MalformedJSON.self) { try JSONCheck.check([0x22, 0x61, 0xFF, 0x22]) }
        #expect(error.column == 3)
    }

    @Test func nestingIsBounded() {
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        #expect(throws: MalformedJSON.self) { try JSONCheck.check(deep) }
    }

    @Test func outputEscapesWhatCouldBreakALine() {
        let value = JSONValue.object([("a\n", .string("\u{1}\"\\")), ("b", .verbatim(Array("{\n}".utf8)))])
        #expect(value.line == #"{"a\n":"\u0001\"\\","b":{ }}"#)
    }
}
