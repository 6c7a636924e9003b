import Hakobi
import HakobiCore

/// One thing that a worker program must do, and how to see it.
struct ConformanceCheck: Sendable {
    let name: String
    /// The kinds that the check gives it jobs of; what they do is in docs/worker-protocol.md.
    let kinds: [String]
    let run: @Sendable (inout TestDrive) throws -> Void

    init(_ name: String, kinds: [String] = [], _ run: @escaping @Sendable (inout TestDrive) throws -> Void) {
        self.name = name
        self.kinds = kinds
        self.run = run
    }

    /// Comes first: to a program that says none nothing else can be said.
    static let hello = ConformanceCheck("says hello") { _ in }

    static let others = [
        ConformanceCheck("leaves at the end of its input") { drive in
            drive.closeInput()
            try drive.leaves()
        },
        ConformanceCheck("passes over a message that it does not know") { drive in
            drive.send(#"{"type":"of-tomorrow","id":[7]}"#)
            try drive.lives()
        },
        ConformanceCheck("after a line that is no message it goes on, or leaves") { drive in
            drive.send("{\"type\":")
            drive.closeInput()
            _ = try drive.ends("an end, now or at the end of its input")
        },
        ConformanceCheck("completes a job with a result", kinds: ["echo"]) { drive in
            try drive.echoes(Payload(Array(#"{"text":"ä\n\"😀\"","list":[1,-2.5,true,null,{}],"payload":"}"}"#.utf8)))
        },
        ConformanceCheck("does 100 jobs in a row", kinds: ["echo"]) { drive in
            for number in 0..<100 { try drive.echoes(Payload(Array("\(number)".utf8))) }
        },
        ConformanceCheck("takes a payload that is not JSON", kinds: ["echo"]) { drive in
            try drive.echoes(Payload([0, 255, 10, 128, 34], codec: .raw))
        },
        ConformanceCheck("takes a payload of a megabyte", kinds: ["echo"]) { drive in
            let text = String(repeating: "0123456789abcdef", count: 65_000)
            try drive.echoes(Payload(Array("\"\(text)\"".utf8)))
        },
        ConformanceCheck("fails a job, and does the next", kinds: ["fail", "echo"]) { drive in
            let expected = "failed, with an error"
            let (outcome, _) = try drive.outcome(try drive.give("fail"), expected)
            switch outcome {
            case .failed(let error, _) where !error.isEmpty, .gaveUp(let error) where !error.isEmpty: break
            default: throw Unmet(expected, "\(outcome)")
            }
            try drive.lives()
        },
        ConformanceCheck("reports progress", kinds: ["count"]) { drive in
            let (outcome, before) = try drive.outcome(try drive.give("count"), "progress, then completed")
            let reports = before.compactMap {
                if case .progress(_, let progress, let kept) = $0 { (progress, kept) } else { nil }
            }
            guard case .completed = outcome, reports.contains(where: { $0.0 != nil && $0.1 != nil }) else {
                throw Unmet("progress with a checkpoint, then completed", "\(reports.count) of it, then \(outcome)")
            }
        },
        ConformanceCheck("adds a follow-up", kinds: ["follow"]) { drive in
            let id = try drive.give("follow")
            let (outcome, before) = try drive.outcome(id, "a follow-up, then completed")
            let count = before.count { if case .enqueue(id, _) = $0 { true } else { false } }
            guard case .completed = outcome, count == 1 else {
                throw Unmet("one follow-up, then completed", "\(count), then \(outcome)")
            }
        },
        ConformanceCheck("keeps what it prints out of the protocol", kinds: ["talk"]) { drive in
            _ = try drive.outcome(try drive.give("talk"), "an outcome, and no other line")
        },
        ConformanceCheck("stops a job when it is told to", kinds: ["wait"]) { drive in
            let id = try drive.give("wait")
            drive.send(ServiceMessage.cancel(id, .cancelled).line)
            let (outcome, _) = try drive.outcome(id, "an outcome after a cancel")
            if case .completed = outcome { throw Unmet("another outcome than completed", "completed") }
        },
        ConformanceCheck("passes over a cancel that comes too late", kinds: ["echo"]) { drive in
            let id = try drive.give("echo")
            _ = try drive.outcome(id, "completed")
            drive.send(ServiceMessage.cancel(id, .cancelled).line)
            try drive.lives()
        },
        ConformanceCheck("finishes its job after a drain", kinds: ["echo"]) { drive in
            drive.send(ServiceMessage.drain.line)
            try drive.lives()
        },
        ConformanceCheck("leaves when its service dies in the middle of a job", kinds: ["wait"]) { drive in
            _ = try drive.give("wait")
            drive.closeInput()
            _ = try drive.ends("its end")
        },
    ]
}

extension TestDrive {
    /// It gives the payload back.
    fileprivate mutating func echoes(_ payload: Payload) throws {
        let expected = "completed, with the payload as its result"
        let (outcome, _) = try outcome(try give("echo", payload), expected)
        guard case .completed(let result?) = outcome, Self.sameValue(result, payload) else {
            throw Unmet(expected, String("\(outcome)".prefix(200)))
        }
    }

    /// Programs write JSON anew, with other spaces and escapes and an order of its own.
    private static func sameValue(_ left: Payload, _ right: Payload) -> Bool {
        left.codec == right.codec
            && (left.bytes == right.bytes || JSONObject.canonical(left.bytes) == JSONObject.canonical(right.bytes))
    }

    /// It can still be given jobs; one that handles no `echo` must at least not have ended.
    fileprivate mutating func lives() throws {
        if handles("echo") { return try echoes(Payload(Array("7".utf8))) }
        closeInput()
        try leaves()
    }

    fileprivate mutating func leaves() throws {
        let expected = "exit code 0 at the end of its input"
        let cause = try ends(expected)
        if cause.exitCode != 0 { throw Unmet(expected, ProgramEnd(cause: cause).sentence) }
    }

    /// It ends, whatever it says before.
    fileprivate mutating func ends(_ expected: String) throws -> CauseOfDeath {
        while true { if case .ended(let cause) = try next(expected) { return cause } }
    }
}
