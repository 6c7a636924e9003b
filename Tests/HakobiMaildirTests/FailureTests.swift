import Glibc
import HakobiCore
import HakobiTestKit
import Testing

@testable import HakobiMaildir

@Suite("What becomes of mails", .serialized)
struct FailureTests {
    @Test("a failure stays in place, waits longer each time, and goes to failed; others go on; retry puts it back")
    func failures() async throws {
        try await TestMaildir.with { maildir in
            let clock = ManualClock()
            try await maildir.withStore(MaildirOptions(clock: clock.storeClock)) { store in
                let name = try maildir.drop()
                for (number, delay) in [3, 9].enumerated() {
                    let job = try #require(try await store.claim(untilThereAre: 1).first)
                    #expect(job.failures == number)
                    try await store.end(job, .failed(error: "broken \(number)", .after(.seconds(delay))))
                    #expect(try maildir.files("new") == [name])
                    clock.advance(by: .seconds(delay - 1))
                    try maildir.drop()
                    let other = try #require(try await store.claim(untilThereAre: 1).first)
                    #expect(other.lease.job != job.lease.job)
                    try await store.end(other)
                    clock.advance(by: .seconds(1))
                }
                let last = try #require(try await store.claim().first)
                #expect(last.lease.attempt == 3)
                try await store.end(last, .failed(error: "hopeless", .never))
                #expect(try maildir.files("new").isEmpty)
                #expect(try maildir.files("failed") == [name, "\(name).error"])
                let report = try #require(try Files.read("\(maildir.path)/failed/\(name).error"))
                let text = String(decoding: report, as: UTF8.self)
                #expect(
                    text.contains("dead after 3 failures") && text.contains("broken 0") && text.contains("hopeless"))
                try await #expect(store.retry([last.lease.job]) == [.done])
                #expect(try maildir.files("new") == [name])
                #expect(try maildir.files("failed").isEmpty)
                let again = try #require(try await store.claim().first)
                #expect(again.lease.attempt == 4 && again.failures == 0)
                try await store.end(again)
                #expect(try maildir.files("new").isEmpty && maildir.files("hakobi/state").isEmpty)
            }
        }
    }

    @Test("the not-before time, the counters and the error outlive the service")
    func restart() async throws {
        try await TestMaildir.with { maildir in
            let clock = ManualClock()
            let options = MaildirOptions(clock: clock.storeClock)
            let id = try await maildir.withStore(options) { store in
                try maildir.drop()
                let job = try #require(try await store.claim(untilThereAre: 1).first)
                try await store.end(job, .failed(error: "no", .after(.seconds(100))))
                return job.lease.job
            }
            try await maildir.withStore(options) { store in
                try await #expect(store.claim().isEmpty)
                let record = try #require(try await store.job(id))
                #expect(record.failures == 1 && record.history.map(\.error) == ["no"])
                clock.advance(by: .seconds(100))
                try await #expect(store.claim().map(\.lease.attempt) == [2])
            }
        }
    }

    @Test("a mail that is done is removed, or kept in cur as seen", arguments: [Mailbox.Completed.removed, .kept])
    func completed(_ mode: Mailbox.Completed) async throws {
        try await TestMaildir.with { maildir in
            try await maildir.withStore(MaildirOptions()) {
                $0.completed = mode
            } _: { store in
                let name = try maildir.drop()
                let job = try #require(try await store.claim(untilThereAre: 1).first)
                try await store.end(job)
                #expect(try maildir.files("new").isEmpty)
                #expect(try maildir.files("cur") == (mode == .kept ? ["\(name):2,S"] : []))
                #expect(try maildir.files("hakobi/state").isEmpty)
                try await #expect(store.job(job.lease.job) == nil)
            }
        }
    }

    @Test("what was written before the file was moved is carried out by the next who comes")
    func halfDone() async throws {
        try await TestMaildir.with { maildir in
            try maildir.make()
            let (dead, done) = try (maildir.drop(), maildir.drop())
            try await maildir.withStore { _ in }
            for (name, state) in [(dead, JobState.dead), (done, .completed)] {
                var written = MailState(mail: name)
                written.state = state
                written.attempt = 1
                let path = maildir.folder.state(MailName(name).id)
                try Files.replace(path, with: written.text, scratch: path + "-new", isDurable: false)
            }
            try await maildir.withStore { store in
                try await #expect(store.claim(5).isEmpty)
                #expect(try maildir.files("new").isEmpty)
                #expect(try maildir.files("failed") == [dead, "\(dead).error"])
            }
        }
    }

    @Test("a mail over the limit goes to failed with a sentence, unhandled")
    func tooLarge() async throws {
        try await TestMaildir.with { maildir in
            try await maildir.withStore(MaildirOptions()) {
                $0.maxMailBytes = 100
            } _: { store in
                let name = try maildir.drop(TestMail.plain + String(repeating: "x", count: 100))
                let small = try maildir.drop()
                let jobs = try await store.claim(untilThereAre: 1)
                #expect(jobs.map(\.lease.job) == [MailName(small).id])
                try await #expect(store.claim(5).isEmpty)
                #expect(try maildir.files("failed") == [name, "\(name).error"])
                let record = try #require(try await store.job(MailName(name).id))
                #expect(record.state == .dead)
                #expect(record.history.first?.error?.contains("at most 100 are accepted") == true)
            }
        }
    }

    @Test("a cancelled mail goes to failed and can be put back; a deleted one is gone")
    func edits() async throws {
        try await TestMaildir.with { maildir in
            try await maildir.withStore { store in
                let name = try maildir.drop()
                let id = MailName(name).id
                try await until { try await store.job(id) != nil }
                try await #expect(store.cancel([id]) == [.done])
                #expect(try maildir.files("failed") == [name, "\(name).error"])
                try await #expect(store.retry([id]) == [.done])
                try await #expect(store.delete([id]) == [.done])
                #expect(try maildir.files("new").isEmpty && maildir.files("failed").isEmpty)
                #expect(try maildir.files("hakobi/state").isEmpty)
            }
        }
    }

    @Test("what was done beside a mail that could not be settled is answered when all are settled again")
    func settledBeside() async throws {
        try await TestMaildir.with { maildir in
            try await maildir.withStore { store in
                try maildir.drop()
                try maildir.drop()
                let jobs = try await store.claim(untilThereAre: 2)
                let name = try #require(try maildir.files("new").first { MailName($0).id == jobs[1].lease.job })
                // In the way of the report that stands beside a dead mail.
                let inTheWay = "\(maildir.path)/failed/\(name).error"
                #expect(mkdir(inTheWay, 0o700) == 0)
                let settlements = [
                    Settlement(jobs[0].lease, .completed(result: nil), report: .test),
                    Settlement(jobs[1].lease, .failed(error: "hopeless", .never), report: .test),
                ]
                await #expect(throws: StoreError.self) { try await store.settle(settlements) }
                #expect(try maildir.files("new") == [name])
                #expect(rmdir(inTheWay) == 0)
                try await #expect(
                    store.settle(settlements) == [.settled(followUps: []), .settled(followUps: [])])
                try await #expect(store.settle(settlements) == [.lost, .lost])
            }
        }
    }

    @Test("a state that cannot be read is put aside, and its mail begins anew")
    func damaged() async throws {
        try await TestMaildir.with { maildir in
            try maildir.make()
            let name = try maildir.drop()
            try await maildir.withStore { _ in }
            try Files.create(maildir.folder.state(MailName(name).id), Array("mail: ".utf8), isDurable: false)
            try await maildir.withStore { store in
                try await #expect(store.claim().map(\.lease.attempt) == [1])
                #expect(try maildir.files("hakobi").contains("damaged-\(MailName(name).id)"))
            }
        }
    }
}
