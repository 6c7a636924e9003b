import Glibc
import HakobiCore
import Synchronization
import Testing

@testable import HakobiMaildir

@Suite("The lock is the lease", .serialized)
struct LockTests {
    @Test("a mail that was finished between opening and locking is not handled again", .timeLimit(.minutes(1)))
    func race() async throws {
        try await TestMaildir.with { maildir in
            let opened = Mutex<[String]>([])
            var options = MaildirOptions()
            options.afterOpen = { path in
                opened.withLock { $0.append(path) }
                // As another process does: it has the lock, is done, and lets go.
                unlink(path)
            }
            try await maildir.withStore(options) { store in
                let name = try maildir.drop()
                try await until { try await store.claim().isEmpty && opened.withLock { !$0.isEmpty } }
                #expect(opened.withLock { $0 } == ["\(maildir.path)/new/\(name)"])
                try await #expect(store.claim(5).isEmpty)
                try await #expect(store.job(MailName(name).id) == nil)
            }
        }
    }

    @Test("nor is one whose name another file has by then", .timeLimit(.minutes(1)))
    func replaced() async throws {
        try await TestMaildir.with { maildir in
            let rounds = Mutex(0)
            var options = MaildirOptions()
            options.afterOpen = { path in
                let round = rounds.withLock { rounds in
                    rounds += 1
                    return rounds
                }
                guard round == 1 else { return }
                unlink(path)
                let file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0o600)
                _ = write(file, "Message-ID: 2\n\n", 15)
                close(file)
            }
            try await maildir.withStore(options) { store in
                try maildir.drop("Message-ID: 1\n\n")
                let jobs = try await store.claim(untilThereAre: 1)
                #expect(try MailEnvelope(#require(jobs.first).payload).messageID == "2")
            }
        }
    }

    @Test("of two stores one has each mail", .timeLimit(.minutes(1)))
    func two() async throws {
        try await TestMaildir.with { maildir in
            // Without the look in between: who gives a mail back tells the others.
            try await maildir.withStore(MaildirOptions(lookInterval: .seconds(3600))) { first in
                try await maildir.withStore(MaildirOptions(lookInterval: .seconds(3600))) { second in
                    for _ in 0..<100 { try maildir.drop() }
                    async let left = first.claim(untilThereAre: 100, within: .seconds(2))
                    async let right = second.claim(untilThereAre: 100, within: .seconds(2))
                    let (mine, theirs) = try await (left, right)
                    #expect(mine.count + theirs.count == 100)
                    #expect(Set(mine.map(\.lease.job)).isDisjoint(with: theirs.map(\.lease.job)))
                    guard let job = mine.first else { return }
                    // Its lease opens nothing in another store, and what is given back here can be had there.
                    let lost = try await second.settle([Settlement(job.lease, .completed(result: nil), report: .test)])
                    #expect(lost == [.lost])
                    try await first.end(job, .interrupted(reason: nil))
                    let again = try await second.claim(untilThereAre: 1)
                    #expect(again.map(\.lease.job) == [job.lease.job])
                    #expect(again.map(\.lease.attempt) == [2])
                }
            }
        }
    }

    @Test("a copy of the lock outlives its store, and ends with whoever has it", .timeLimit(.minutes(1)))
    func copies() async throws {
        try await TestMaildir.with { maildir in
            try await maildir.withStore { store in
                let name = try maildir.drop()
                let path = "\(maildir.path)/new/\(name)"
                let job = try #require(try await store.claim(untilThereAre: 1).first)
                #expect(!isFree(path))
                let copy = try #require(store.copyLock(of: job.lease))
                await store.close()
                #expect(store.copyLock(of: job.lease) == nil)
                #expect(!isFree(path))
                try await maildir.withStore(MaildirOptions(takeoverGrace: .zero)) { other in
                    try await #expect(other.claim(1, lonely: 1).isEmpty)
                    try await #expect(other.rescue(Rescue(.expired)).isEmpty)
                    close(copy)
                    #expect(isFree(path))
                    // Nobody says which of the dead one's mails was running: all are suspects.
                    let again = try await other.claim(untilThereAre: 1, lonely: 1)
                    #expect(again.map(\.lease.attempt) == [2])
                    #expect(again.map(\.isSuspect) == [true])
                }
            }
        }
    }

    @Test("what another store has done with is soon unknown here", .timeLimit(.minutes(1)))
    func done() async throws {
        try await TestMaildir.with { maildir in
            try await maildir.withStore(MaildirOptions(lookInterval: .seconds(3600))) { first in
                try await maildir.withStore(MaildirOptions(lookInterval: .seconds(3600))) { second in
                    for _ in 0..<10 { try maildir.drop() }
                    try await until { try await second.stats().states[.available] == 10 }
                    for job in try await first.claim(untilThereAre: 10) { try await first.end(job) }
                    try await until { try await second.stats().states[.available] == 0 }
                }
            }
        }
    }

    @Test("no more mails are in hand than may be", .timeLimit(.minutes(1)))
    func inHand() async throws {
        try await TestMaildir.with { maildir in
            try await maildir.withStore(MaildirOptions(maxInHand: 3)) { store in
                for _ in 0..<5 { try maildir.drop() }
                let jobs = try await store.claim(untilThereAre: 3)
                try await #expect(store.claim(5, lonely: 5).isEmpty)
                try await store.end(#require(jobs.first))
                try await #expect(store.claim(5, lonely: 5).count == 1)
            }
        }
    }

    @Test("a mail that may not be read keeps nobody else's from being handled", .timeLimit(.minutes(1)))
    func unreadable() async throws {
        try await TestMaildir.with { maildir in
            try await maildir.withStore { store in
                // A folder and a pipe are no mails; a state that is a folder cannot be read, whoever asks.
                try Files.makeDirectory("\(maildir.path)/new/folder")
                #expect(mkfifo("\(maildir.path)/new/pipe", 0o600) == 0)
                let name = try maildir.drop()
                let odd = "1700000000.M5P1Q1.odd"
                try Files.makeDirectory(maildir.folder.state(MailName(odd).id))
                try maildir.drop(as: odd)
                let jobs = try await store.claim(untilThereAre: 1)
                #expect(jobs.map(\.lease.job) == [MailName(name).id])
                try await #expect(store.claim(5).isEmpty)
                try await #expect(store.stats().states[.running] == 1)
                #expect(try maildir.files("new").count == 4)
            }
        }
    }

    private func isFree(_ path: String) -> Bool {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        return flock(file, LOCK_EX | LOCK_NB) == 0
    }
}

/// Looks each few milliseconds, for ten seconds.
func until(_ isSo: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(10)
    while try await !isSo() {
        guard ContinuousClock.now < end else {
            Issue.record("it did not come to be")
            return
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
