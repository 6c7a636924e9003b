import Hakobi
import HakobiCore
import Testing

@testable import HakobiPrefork

/// What goes in at one end comes out at the other, and what nobody sent harms nobody.
@Suite struct FrameTests {
    private func read<Value>(
        _ writer: ByteWriter, _ body: (FrameTag, inout ByteReader) throws(FrameError) -> Value
    ) throws -> Value {
        var buffer = FrameBuffer()
        buffer.feed(writer.bytes)
        guard let value = try buffer.next(body) else { throw FrameError("no whole frame") }
        return value
    }

    private func heard(_ writer: ByteWriter) throws -> ChildMessage {
        try read(writer) { tag, reader throws(FrameError) in try ChildMessage.read(tag, &reader) }
    }

    @Test func welcome() throws {
        let welcome = Welcome(
            generation: 3, concurrency: 4, isLonely: true, isDraining: false, host: "h", settings: [1, 2])
        var writer = ByteWriter()
        welcome.write(to: &writer)
        let result = try read(writer) { tag, reader throws(FrameError) in
            #expect(tag == .welcome)
            return try Welcome.read(&reader)
        }
        #expect(result == welcome)
    }

    @Test func hello() throws {
        let limits = TimeLimits(soft: .seconds(1), hard: .milliseconds(1500))
        let hello = Hello(pid: 42, release: "r", offers: [.init(kind: try Kind("a"), limits: limits)])
        var writer = ByteWriter()
        hello.write(to: &writer)
        #expect(try heard(writer) == .hello(hello))
    }

    @Test func theVersionBeforeIsSpoken() throws {
        let hello = Hello(
            version: 1, pid: 42, release: "old", offers: [.init(kind: try Kind("a"), limits: TimeLimits())])
        var writer = ByteWriter()
        hello.write(to: &writer)
        #expect(try heard(writer) == .hello(hello))
        #expect(PipeProtocol.common(with: 1...1) == 1)
        #expect(PipeProtocol.common(with: 1...9) == PipeProtocol.newest)
        #expect(PipeProtocol.common(with: 7...9) == nil)
    }

    @Test(arguments: [0, PipeProtocol.newest + 1, .max] as [UInt16]) func otherVersionsAreRefused(_ version: UInt16)
        throws
    {
        var writer = ByteWriter()
        Hello(version: version, pid: 1, release: "", offers: []).write(to: &writer)
        #expect(throws: FrameError.self) { try heard(writer) }
    }

    @Test func jobs() throws {
        var first = try job("a", "payload", attempt: 3, suspect: true, limits: TimeLimits(hard: .seconds(2)))
        first.checkpoint = [9, 8]
        first.failures = 2
        var second = try job("b")
        second.payload = Payload([], codec: Payload.Codec(rawValue: "cbor"), version: 4)
        second.metadata = [:]
        var writer = ByteWriter()
        writer.putJobs([
            Assignment(ticket: 7, kind: 0, job: first), Assignment(ticket: .max, kind: 1, job: second),
        ])
        var frames = JobFrameReader(kinds: [first.kind, second.kind])
        let result = try read(writer) { tag, reader throws(FrameError) in try frames.jobs(&reader) }
        #expect(result.map(\.ticket) == [7, .max])
        for (sent, received) in zip([first, second], result.map(\.job)) {
            // A child holds no right to settle: row and owner stay at home.
            #expect(received.lease.owner.incarnation.isEmpty && received.lease.row == 0)
            var received = received
            received.lease = sent.lease
            #expect(received == sent)
        }
        #expect(result.map(\.job.lease.attempt) == [3, 1])
        var strangers = JobFrameReader(kinds: [first.kind])
        #expect(throws: FrameError.self) {
            try read(writer) { tag, reader throws(FrameError) in try strangers.jobs(&reader) }
        }
    }

    static let outcomes: [Outcome] = [
        .completed(result: nil), .completed(result: Payload([1], codec: .raw, version: 2)),
        .failed(error: "é", .after(.milliseconds(1500))), .failed(error: "", .never), .snoozed(.zero, reason: nil),
        .snoozed(.seconds(9), reason: "later"), .cancelled(reason: "no"), .interrupted(reason: nil), .returned,
        .settledByHandler(otherwise: .after(.seconds(3))), .settledByHandler(otherwise: .never),
        .crashed(CauseOfDeath(signal: 9, peakMemory: 7), error: "é", budget: 3),
        .crashed(CauseOfDeath(exitCode: 1), error: "", budget: 1),
    ]

    /// A parent of the release before reads no outcome that it does not know; what it reads may be settled or lost safely.
    @Test func theVersionBeforeHearsWhatItKnows() {
        for outcome in Self.outcomes {
            #expect(outcome.spoken(in: 4) == outcome)
            switch outcome {
            case .settledByHandler: #expect(outcome.spoken(in: 2).name == "interrupted")
            case .crashed(_, let error, _): #expect(outcome.spoken(in: 3) == .failed(error: error, .after(.seconds(3))))
            default: #expect(outcome.spoken(in: 2) == outcome)
            }
        }
    }

    @Test func outcomes() throws {
        var next = NewJob(id: JobID(high: 1, low: 2), kind: try Kind("next"), payload: Payload([5]))
        next.due = .at(Timestamp(microseconds: -3))
        next.limits = TimeLimits(soft: .seconds(3))
        next.idempotencyKey = IdempotencyKey(try JobKey("k"), window: .seconds(60))
        next.uniqueKey = UniqueKey(try JobKey("u"), onConflict: .refuse)
        next.metadata = ["x": "y"]
        var sent = Self.outcomes.enumerated().map {
            TicketOutcome(ticket: Ticket($0), outcome: $1, ran: .nanoseconds($0 * 11))
        }
        sent[0].followUps = [next, NewJob(id: JobID(high: 3, low: 4), kind: next.kind, payload: Payload([]))]
        sent[1].checkpoint = [7]
        var writer = ByteWriter()
        writer.frame(.outcomes) { frame in
            frame.put(UInt32(sent.count))
            for outcome in sent { frame.put(outcome) }
        }
        #expect(try heard(writer) == .outcomes(sent))
    }

    @Test func newsAndTheRest() throws {
        let news = TicketNews(ticket: 1, progress: Progress(done: -1, total: 5, note: "n"), checkpoint: [])
        var writer = ByteWriter()
        writer.putNews(news)
        #expect(try heard(writer) == .news(news))
        writer = ByteWriter()
        writer.putReturned([1, .max])
        #expect(try heard(writer) == .returned([1, .max]))
        for reason in [StopReason.cancelRequested, .drained, .leaseLost, .softLimit(.seconds(1))] {
            writer = ByteWriter()
            writer.putCancel(3, because: reason)
            let (ticket, found) = try read(writer) { _, reader throws(FrameError) in try reader.cancel() }
            #expect(ticket == 3 && found == reason)
        }
    }

    @Test func framesComeInAnyPieces() throws {
        var writer = ByteWriter()
        writer.putReturned([1, 2, 3])
        writer.putReturned([])
        var buffer = FrameBuffer()
        var found: [ChildMessage] = []
        for byte in writer.bytes {
            buffer.feed([byte])
            while let message = try buffer.next({ tag, reader throws(FrameError) in
                try ChildMessage.read(tag, &reader)
            }) { found.append(message) }
        }
        #expect(found == [.returned([1, 2, 3]), .returned([])])
    }

    @Test func nonsenseIsRefused() throws {
        let cases: [[UInt8]] = [
            [0, 0, 0, 0], [255, 255, 255, 255], [1, 0, 0, 0, 99], [1, 0, 0, 0, FrameTag.jobs.rawValue],
            [2, 0, 0, 0, FrameTag.hello.rawValue, 2],
            // Promises four milliard tickets.
            [5, 0, 0, 0, FrameTag.returned.rawValue, 255, 255, 255, 255],
            // One byte too many.
            [6, 0, 0, 0, FrameTag.returned.rawValue, 0, 0, 0, 0, 0],
        ]
        for bytes in cases {
            var buffer = FrameBuffer()
            buffer.feed(bytes)
            #expect(throws: FrameError.self) {
                _ = try buffer.next { tag, reader throws(FrameError) in try ChildMessage.read(tag, &reader) }
            }
        }
    }

    /// A child gone mad writes anything; the parent reads on or refuses, and lives.
    @Test func randomBytesHarmNobody() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = Seeded(seed: seed)
        var valid = ByteWriter()
        Hello(pid: 1, release: "r", offers: [.init(kind: try Kind("a"), limits: TimeLimits())]).write(to: &valid)
        valid.putNews(TicketNews(ticket: 1, progress: Progress(done: 1), checkpoint: [1]))
        valid.frame(.outcomes) { frame in
            frame.put(UInt32(Self.outcomes.count))
            for outcome in Self.outcomes { frame.put(TicketOutcome(ticket: 1, outcome: outcome, ran: .zero)) }
        }
        for _ in 0..<5000 {
            var bytes = valid.bytes
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            var state = PipeState(PipeSettings(host: "h", concurrency: 1))
            state.spawned(process(1), at: Timestamp(microseconds: 0))
            var buffer = FrameBuffer()
            buffer.feed(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
            do throws(FrameError) {
                while let message = try buffer.next({ tag, reader throws(FrameError) in
                    try ChildMessage.read(tag, &reader)
                }) { state.heard(message, from: 1) }
            } catch {
                state.misbehaved(1, error.description)
            }
            _ = state.takeActions()
        }
    }
}

struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

func process(_ serial: Int, generation: Int = 1, lonely: Bool = false, jobLimit: Int? = nil) -> WorkerProcess {
    WorkerProcess(
        serial: serial, pid: Int32(1000 + serial), generation: generation, pipe: -1, page: -1, isLonely: lonely,
        jobLimit: jobLimit)
}
