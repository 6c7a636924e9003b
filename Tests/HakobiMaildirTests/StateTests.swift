import HakobiCore
import Testing

@testable import HakobiMaildir

@Suite("What is known of a mail, as text")
struct StateTests {
    static func full() throws -> MailState {
        var state = MailState(mail: "1700000000.M1P2Q3.host")
        state.state = .running
        (state.attempt, state.failures, state.crashes, state.isSuspect) = (3, 2, 1, true)
        (state.due, state.finished, state.claimed) = (-5, 6, 7)
        state.owner = .test
        state.holder = "12-ab"
        state.progress = Progress(done: 1, total: 2, note: "half\nway")
        state.checkpoint = (0...255).map { UInt8($0) }
        state.result = Payload([0x0A, 0x5C, 0x0D, 0], codec: .raw, version: 2)
        state.order = MailState.Order(
            kind: try Kind("kind: of \\n a sort"), queue: try QueueName("a/b"), priority: 9, maxFailures: 4,
            limits: TimeLimits(soft: .seconds(1)), metadata: ["a": "b\nc", "": "d"], created: 8, codec: .json,
            version: 3)
        state.history = [
            AttemptRecord(
                attempt: 1, outcome: "crashed", error: "line one\r\nline two: \\ end",
                cause: CauseOfDeath(signal: 9, peakMemory: 10), report: .test, startedAt: Timestamp(microseconds: 1),
                endedAt: Timestamp(microseconds: 2)),
            AttemptRecord(
                attempt: 2, outcome: "rescued", error: nil, cause: nil, report: nil,
                startedAt: Timestamp(microseconds: 3), endedAt: Timestamp(microseconds: 4)),
        ]
        return state
    }

    @Test("everything comes back")
    func roundTrip() throws {
        let state = try Self.full()
        #expect(MailState(state.text) == state)
        let plain = MailState(mail: "a b: c")
        #expect(MailState(plain.text) == plain)
    }

    @Test("a line of a newer release is kept")
    func others() throws {
        var state = try #require(MailState(MailState(mail: "m").text + Array("news: 7\n".utf8)))
        state.attempt = 2
        #expect(String(decoding: state.text, as: UTF8.self).hasSuffix("news: 7\n"))
    }

    @Test("a text that was cut off is none")
    func torn() throws {
        let text = try Self.full().text
        for count in stride(from: 0, to: 60, by: 7) { #expect(MailState(Array(text.prefix(count))) == nil) }
        #expect(MailState(Array(text.dropLast())) == nil)
        #expect(MailState([0, 1, 2]) == nil)
    }
}

@Suite("What a mail's name tells")
struct NameTests {
    @Test("arrival and order, of all mail servers' names")
    func arrivals() {
        #expect(MailName("1700000000.M123456P99Q7.host").arrival == 1_700_000_000_123_456)
        #expect(MailName("1700000000.M123456P99Q7.host").count == 7)
        #expect(MailName("1700000000.V801I2c00a6M5.mail.example.org").arrival == 1_700_000_000_000_005)
        #expect(MailName("1700000000.4711.host").arrival == 1_700_000_000_000_000)
        for odd in ["message", "99999999999999.M1.host", "17x.M1.host", "", "."] { #expect(MailName(odd).arrival == 0) }
    }

    @Test("the same id in every process, with info or without")
    func ids() throws {
        let name = MailName("1700000000.M1P2Q3.host")
        #expect(name.id == MailName("1700000000.M1P2Q3.host:2,S").id)
        // Written down: another release, or another process, must find the same.
        #expect(name.id.description == "018bcfe5-6800-78fe-aa79-d10025cff79a")
        #expect(name.id != MailName("1700000000.M1P2Q4.host").id)
        let id = try #require(JobID("018bcfe5-6800-7aaa-8bbb-0123456789ab"))
        #expect(MailName(MailName.make(at: Timestamp(microseconds: 5), host: "a/b:c", job: id)).id == id)
        #expect(!MailName.make(at: Timestamp(microseconds: 5), host: "a/b:c").contains("/"))
    }

    @Test("a state is read again when another has taken its place, and only then")
    func cache() async throws {
        try await TestMaildir.with { maildir in
            try maildir.make()
            let (id, path) = (MailName("1700000000.M1P2Q3.host").id, "\(maildir.path)/tmp/state")
            var (cache, reads) = (StateCache(), 0)
            func look() -> MailState? {
                cache.state(id, at: path) {
                    reads += 1
                    return MailState(mail: "read \(reads)")
                }
            }
            try Files.create(path, [1], isDurable: false)
            // Within a tick of the file system's clock two versions may look alike.
            #expect(look()?.mail == "read 1" && look()?.mail == "read 2")
            try await Task.sleep(for: .milliseconds(60))
            #expect(look()?.mail == "read 3" && look()?.mail == "read 3")
            try Files.replace(path, with: [2], scratch: path + "-new", isDurable: false)
            #expect(look()?.mail == "read 4")
            try await Task.sleep(for: .milliseconds(60))
            #expect(look()?.mail == "read 5" && look()?.mail == "read 5")
            cache.keep([])
            #expect(look()?.mail == "read 6")
        }
    }

    @Test("names of files for any text")
    func fileNames() {
        for text in ["a/b", ".", "..", "node boot-1 i", "%41", "ü"] {
            let name = FileNames.name(for: text)
            #expect(FileNames.text(of: name) == text)
            #expect(!name.contains("/") && !name.hasPrefix("."))
        }
    }
}
