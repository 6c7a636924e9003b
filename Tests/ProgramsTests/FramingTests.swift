import HakobiCore
import Logging
import Testing

@testable import HakobiPrograms

@Suite("Lines in, messages out")
struct FramingTests {
    private func lines(_ parts: [String], limit: Int = 100) throws(ProgramFault) -> [String] {
        var buffer = LineBuffer(limit: limit)
        var found: [String] = []
        for part in parts {
            buffer.add(Array(part.utf8))
            while let line = try buffer.next() { found.append(String(decoding: line, as: UTF8.self)) }
        }
        return found
    }

    @Test func linesAreCutWhereverTheBytesWere() throws {
        #expect(try lines(["{}\n[", "]", "\n", "a\nb\nc"]) == ["{}", "[]", "a", "b"])
        #expect(try lines(["\n \r\n{}\r\n"]) == ["{}\r"])
    }

    @Test func aLineThatIsTooLongIsFoundBeforeItsEnd() {
        #expect(throws: ProgramFault("it wrote a line longer than 4 bytes")) { try lines(["12345"], limit: 4) }
        #expect(throws: ProgramFault("it wrote a line longer than 4 bytes")) { try lines(["12345\n"], limit: 4) }
        #expect(throws: Never.self) { try lines(["1234\n1234", "\n1"], limit: 4) }
    }

    private func message(_ text: String) throws(ProgramFault) -> ProgramMessage { try ProgramMessage(Array(text.utf8)) }

    private static let id = "0190f5fe-7c00-7a00-8000-000000000001"
    private var job: JobID { get throws { try #require(JobID(Self.id)) } }

    @Test func aHelloNamesKindsAndTheirLimits() throws {
        let line =
            #"{"type":"hello","version":1,"kinds":["a",{"kind":"b","softLimit":1.5}],"release":"r","heartbeat":10,"x":[]}"#
        let offers = [
            ProgramHello.Offer(kind: try Kind("a"), limits: TimeLimits()),
            ProgramHello.Offer(kind: try Kind("b"), limits: TimeLimits(soft: .seconds(1.5))),
        ]
        let hello = ProgramHello(version: 1, offers: offers, release: "r", heartbeat: .seconds(10))
        #expect(try message(line) == .hello(hello))
    }

    @Test func eachOutcomeIsRead() throws {
        func outcome(_ rest: String) throws -> ProgramMessage {
            try message(#"{"type":"outcome","id":"\#(Self.id)",\#(rest)}"#)
        }
        let job = try job
        #expect(try outcome(#""outcome":"completed""#) == .outcome(job, .completed(nil)))
        let result = Payload(Array(#"{"a": [1]}"#.utf8))
        #expect(try outcome(#""outcome":"completed","result":{"a": [1]}"#) == .outcome(job, .completed(result)))
        #expect(
            try outcome(#""outcome":"completed","result64":"AP8=""#)
                == .outcome(job, .completed(Payload([0, 255], codec: .raw))))
        #expect(
            try outcome(#""outcome":"failed","error":"a\n\"b\" \u00e4\ud83d\ude00","delay":2"#)
                == .outcome(job, .failed(error: "a\n\"b\" ä😀", after: .seconds(2))))
        #expect(
            try outcome(#""outcome":"failed","error":"x","retry":false"#) == .outcome(job, .gaveUp(error: "x")))
        #expect(try outcome(#""outcome":"snoozed","delay":3"#) == .outcome(job, .snoozed(.seconds(3), reason: nil)))
        #expect(
            try outcome(#""outcome":"cancelled","reason":"why""#) == .outcome(job, .cancelled(reason: "why")))
    }

    @Test func theOthersAreRead() throws {
        let job = try job
        #expect(
            try message(#"{"type":"progress","id":"\#(Self.id)","done":1,"total":2,"note":"n","checkpoint":{"at":1}}"#)
                == .progress(job, Progress(done: 1, total: 2, note: "n"), checkpoint: Array(#"{"at":1}"#.utf8)))
        #expect(
            try message(#"{"type":"log","level":"warn","message":"m","fields":{"a":1,"b":"c"}}"#)
                == .log(.warning, "m", fields: ["a": "1", "b": "c"]))
        #expect(try message(#"{"type":"heartbeat"}"#) == .heartbeat)
        #expect(try message(#"{"type":"of-tomorrow","id":7}"#) == .unknown("of-tomorrow"))
        guard
            case .enqueue(job, let new) = try message(
                #"{"type":"enqueue","id":"\#(Self.id)","kind":"k","payload":[1],"queue":"q","priority":9,"delay":5,"uniqueKey":"u"}"#
            )
        else { throw ProgramFault("no follow-up") }
        #expect(new.kind.description == "k" && new.payload == Payload(Array("[1]".utf8)) && new.priority == 9)
        #expect(new.queue.description == "q" && new.due == .after(.seconds(5)) && new.uniqueKey != nil)
    }

    @Test(arguments: [
        ("hello world", "it wrote a line that is no message, \"hello world\""),
        (#"{"type":"hello","version":1}"#, "names no kinds"), (#"{"type":"hello","kinds":["a"]}"#, "names no version"),
        (#"{"type":"hello","version":7,"kinds":["a"]}"#, "version 7"), (#"{"id":1}"#, "its \"type\" is missing"),
        (#"{"type":"hello","version":1,"kinds":[""]}"#, "must not be empty"),
        (#"{"type":"hello","version":1,"kinds":["a"],"heartbeat":0}"#, "nobody can keep"),
        (#"{"type":"outcome","id":"x","outcome":"completed"}"#, "no job's"),
        (#"{"type":"outcome","id":"0190f5fe-7c00-7a00-8000-000000000001","outcome":"done"}"#, "\"done\" is no outcome"),
        (#"{"type":"log","message":"m","level":"loud"}"#, "no level"), (#"{"type":"log","message":7}"#, "no text"),
        ("[1]", "no message"), ("{\"type\":\"log\",\"message\":\"\u{1}\"}", "no message"),
    ])
    func whatIsWrongIsSaid(_ line: String, _ words: String) {
        let fault = #expect(throws: ProgramFault.self) { try message(line) }
        #expect(fault?.description.contains(words) == true, "\(fault?.description ?? "-")")
    }

    @Test func base64GoesBothWays() {
        for count in 0..<50 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 200) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
        #expect(Base64.encode(Array("light wor".utf8)) == "bGlnaHQgd29y")
        for wrong in ["a", "ab", "abc", "ab=c", "a===", "ab!=", "===="] {
            #expect(Base64.decode(wrong) == nil, "\(wrong)")
        }
    }
}
