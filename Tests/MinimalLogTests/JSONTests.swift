import Foundation
import Logging
import MinimalLog
import Testing

@Suite("Lines for programs")
struct JSONTests {
    private func objects(_ body: (Logger) -> Void) throws -> [[String: Any]] {
        let lines = logged {
            $0.format = .json
        } _: {
            body(Logger(label: "a") { MinimalLogHandler(label: $0) })
        }
        return try lines.map { line in
            #expect(line.hasSuffix("}\n"))
            return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test("The bytes of one")
    func bytes() {
        let lines = logged({
            $0.format = .json
            $0.clock = { 1_307_695_319_000_042 }
            $0.subject = "/a"
        }) {
            Logger(label: "a") { MinimalLogHandler(label: $0) }.error(
                "Flying \"Saucer\"\n", metadata: ["job": "1", "ms": .stringConvertible(12.5)],
                file: "S/sample.swift", line: 23)
        }
        #expect(
            lines == [
                #"{"time":"2011-06-10T08:41:59.000042Z","level":"ERROR","message":"Flying \"Saucer\"\n","subject":"/a","#
                    + #""job":"1","ms":12.5,"file":"sample.swift","line":23}"# + "\n"
            ])
    }

    @Test("Every scalar below 0x300 and what is hidden comes back as it was")
    func roundTrip() throws {
        let text =
            String(String.UnicodeScalarView((0...0x300 as ClosedRange<UInt32>).compactMap(Unicode.Scalar.init)))
            + "\u{2028}\u{202e}\u{e0041}長👩‍👩‍👧"
        let found = try objects { $0.info("\(text)", metadata: ["\(text)": "\(text)"]) }[0]
        #expect(found["message"] as? String == text && found[text] as? String == text)
    }

    @Test("Numbers are numbers, and what a line has itself is not taken from it")
    func values() throws {
        let found = try objects {
            $0.info(
                "m",
                metadata: [
                    "whole": .stringConvertible(7), "no": .stringConvertible(Double.nan),
                    "yes": .stringConvertible(true),
                    "list": ["a", .stringConvertible(1)], "map": ["k": "v"], "message": "mine", "level": "mine",
                ], file: "a.swift", line: 3)
        }[0]
        #expect(found["whole"] as? Int == 7 && found["no"] as? String == "nan" && found["yes"] as? Bool == true)
        #expect((found["list"] as? [Any])?.count == 2 && (found["map"] as? [String: String]) == ["k": "v"])
        #expect(found["message"] as? String == "m" && found["_message"] as? String == "mine")
        #expect(found["level"] as? String == "INFO" && found["line"] as? Int == 3)
    }

    @Test("A line that is too long is still an object, and says that it was cut")
    func long() throws {
        let long = String(repeating: "\u{1}長", count: 5000)
        let lines = logged(limit: 4096) {
            $0.format = .json
            $0.subject = long
        } _: {
            infof(long)
            Logger(label: "a") { MinimalLogHandler(label: $0) }.info("m", metadata: ["k": "\(long)"])
        }
        for line in lines {
            #expect(line.utf8.count <= 4096)
            let found = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(found["cut"] as? Bool == true && found["file"] as? String == "JSONTests.swift")
        }
    }

    @Test("The callers are a list")
    func callers() throws {
        let found = try objects { _ in infoff("m") }[0]
        #expect((found["callers"] as? [String])?.isEmpty == false)
    }
}
