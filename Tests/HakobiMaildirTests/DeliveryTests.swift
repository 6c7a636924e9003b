import CHakobi
import Dispatch
import Glibc
import HakobiCore
import Testing

@testable import HakobiMaildir

@Suite("Delivery", .serialized)
struct DeliveryTests {
    @Test("a mail is in new as a whole or not at all, and nothing stays in tmp")
    func whole() async throws {
        try await TestMaildir.with { maildir in
            let delivery = try MaildirDelivery(path: maildir.path)
            var pipe: [Int32] = [-1, -1]
            #expect(hakobi_socketpair(&pipe) == 0)
            let (input, output) = (pipe[0], pipe[1])
            async let delivered = Self.off { try delivery.deliver(from: input, returnPath: "", recipient: "box@host") }
            #expect(write(output, "Subject: a\n", 11) == 11)
            try await until { try maildir.files("tmp").count == 1 }
            #expect(try maildir.files("new").isEmpty)
            #expect(write(output, "\nbody\n", 6) == 6)
            close(output)
            let id = try await delivered
            close(input)
            let name = try #require(try maildir.files("new").first)
            #expect(MailName(name).id == id)
            #expect(try maildir.files("tmp").isEmpty)
            let text = "Return-Path: <>\nDelivered-To: box@host\nSubject: a\n\nbody\n"
            #expect(try Files.read("\(maildir.path)/new/\(name)") == Array(text.utf8))
        }
    }

    @Test("what breaks off is not delivered, and an address cannot add a line")
    func refused() async throws {
        try await TestMaildir.with { maildir in
            let delivery = try MaildirDelivery(path: maildir.path)
            // A folder cannot be read as a file can: as good as a pipe that breaks.
            let folder = open(maildir.path, O_RDONLY | O_DIRECTORY)
            #expect(throws: StoreError.self) { try delivery.deliver(from: folder) }
            close(folder)
            #expect(throws: StoreError.self) { try delivery.deliver([], recipient: "a\nBcc: b") }
            #expect(try maildir.files("new").isEmpty && maildir.files("tmp").isEmpty)
        }
    }

    @Test("names are unique, however many at once")
    func unique() async throws {
        try await TestMaildir.with { maildir in
            let delivery = try MaildirDelivery(path: maildir.path)
            let ids = try await withThrowingTaskGroup(of: JobID.self) { group in
                for _ in 0..<50 { group.addTask { try delivery.deliver(Array("Subject: x\n\n".utf8)) } }
                return try await group.reduce(into: Set<JobID>()) { $0.insert($1) }
            }
            #expect(ids.count == 50)
            #expect(try maildir.files("new").count == 50)
        }
    }

    @Test("raw bytes of the Maildir's kind are a mail; other jobs keep their payload", .timeLimit(.minutes(1)))
    func inserted() async throws {
        try await TestMaildir.with { maildir in
            try await maildir.withStore { store in
                var generator = SystemRandomNumberGenerator()
                let ids = (0..<2).map { _ in JobID(at: Timestamp(microseconds: 5), using: &generator) }
                let mail = NewJob(
                    id: ids[0], kind: try Kind("mail"), payload: Payload(Array(TestMail.plain.utf8), codec: .raw))
                let work = NewJob(id: ids[1], kind: try Kind("work"), payload: Payload(Array("{}".utf8)), priority: 1)
                try await #expect(store.insert([mail, work, mail]) == [.inserted, .inserted, .existing(ids[0])])
                let jobs = try await store.claim(5, kinds: ["mail", "work"])
                #expect(jobs.map(\.lease.job) == ids)
                #expect(try MailEnvelope(jobs[0].payload).deliveredTo == ["box@example.org"])
                #expect(jobs[1].payload == work.payload)
            }
        }
    }

    @Test("an insert that was cut off before its mail was there is done anew", .timeLimit(.minutes(1)))
    func cutOff() async throws {
        try await TestMaildir.with { maildir in
            try await maildir.withStore { store in
                let id = JobID(high: 0x7000, low: 0x8000_0000_0000_0007)
                let state = MailState(mail: "1700000000.M1P1Q1.gone")
                try Files.create(maildir.folder.state(id), state.text, isDurable: false)
                let job = NewJob(id: id, kind: try Kind("work"), payload: Payload([1, 2]))
                try await #expect(store.insert([job]) == [.inserted])
                try await #expect(store.claim(5, kinds: ["work"]).map(\.payload) == [job.payload])
            }
        }
    }

    /// Blocking work elsewhere than on the pool's threads.
    private static func off<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
        }
    }

    @Test("a job that another has put there is answered once its folder is flushed, whoever put it there")
    func existing() async throws {
        try await TestMaildir.with { maildir in
            try maildir.make()
            let new = NewJob(id: JobID(high: 1, low: 9), kind: try Kind("a"), payload: Payload([]))
            let sessions = try (0..<2).map { _ in
                try Session([Mailbox(path: maildir.path)], MaildirOptions(), locks: HeldLocks())
            }
            defer { for session in sessions { session.end() } }
            #expect(try sessions[0].insert([new]) == [.inserted])
            // The first has not flushed yet, and may die now.
            #expect(try sessions[1].insert([new]) == [.existing(new.id)])
            #expect(sessions[1].unflushed.contains(maildir.folder.new))
        }
    }

    @Test("a store that cannot be opened as a whole leaves no lock behind")
    func half() async throws {
        try await TestMaildir.with { maildir in
            try maildir.make()
            let names = [maildir.path, maildir.path + "/none/box"]
            #expect(throws: StoreError.self) {
                _ = try Session(names.map { Mailbox(path: $0) }, MaildirOptions(), locks: HeldLocks())
            }
            #expect(try maildir.files("hakobi/holders").isEmpty)
        }
    }
}
