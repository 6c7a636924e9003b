import Dispatch
import Glibc
import HakobiCore
import Testing

@testable import HakobiMaildir

@Suite("Mails arrive as jobs", .serialized)
struct ArrivalTests {
    @Test(
        "by rename and by link; a file in tmp is never touched, nor one that begins with a dot", .timeLimit(.minutes(1))
    )
    func arrivals() async throws {
        try await TestMaildir.with { maildir in
            try await maildir.withStore { store in
                try Files.create("\(maildir.path)/tmp/unfinished", [1], isDurable: false)
                try maildir.drop(as: ".hidden")
                let names = try [maildir.drop(), maildir.drop(byLink: true), maildir.drop(as: "no date at all")]
                let jobs = try await store.claim(untilThereAre: 3)
                #expect(Set(jobs.map(\.lease.job)) == Set(names.map { MailName($0).id }))
                for job in jobs { try await store.end(job) }
                try await #expect(store.claim(5).isEmpty)
                #expect(try maildir.files("tmp") == ["unfinished"])
                #expect(Files.exists("\(maildir.path)/new/.hidden"))
                #expect(try maildir.files("new").isEmpty)
                #expect(try maildir.files("hakobi/state").isEmpty)
            }
        }
    }

    @Test("what was there before the start is handled, in the order of arrival", .timeLimit(.minutes(1)))
    func backlog() async throws {
        try await TestMaildir.with { maildir in
            try maildir.make()
            for second in [3, 1, 2] { try maildir.drop(as: "170000000\(second).M1P1Q1.host") }
            try await maildir.withStore { store in
                let jobs = try await store.claim(3)
                #expect(jobs.map(\.createdAt.microseconds).map { $0 / 1_000_000 % 10 } == [1, 2, 3])
                #expect(
                    jobs.allSatisfy { $0.kind.description == "mail" && $0.lease.attempt == 1 && $0.maxFailures == 10 })
            }
        }
    }

    @Test("whoever listens is hinted at an arrival, with the kernel's hints and without", arguments: [true, false])
    func hints(usesInotify: Bool) async throws {
        try await TestMaildir.with { maildir in
            var options = MaildirOptions()
            options.usesInotify = usesInotify
            try await maildir.withStore(options) { store in
                let hints = store.hints()
                let start = ContinuousClock.now
                try maildir.drop()
                for await _ in hints where try await !store.claim().isEmpty { break }
                // 50 ms and a second are promised; a machine that is busy with other tests is given more.
                #expect(ContinuousClock.now - start < (usesInotify ? .milliseconds(500) : .seconds(2)))
            }
        }
    }

    @Test("from arrival to claim", .timeLimit(.minutes(1)))
    func latency() async throws {
        try await TestMaildir.with { maildir in
            try await maildir.withStore(MaildirOptions(lookInterval: .seconds(3600))) { store in
                var times: [Duration] = []
                var hints = store.hints().makeAsyncIterator()
                for _ in 0..<300 {
                    let start = ContinuousClock.now
                    try maildir.drop()
                    var jobs: [ClaimedJob] = []
                    while jobs.isEmpty {
                        await hints.next()
                        jobs = try await store.claim()
                    }
                    times.append(ContinuousClock.now - start)
                    try await store.end(#require(jobs.first))
                }
                times.sort()
                print("arrival to claim: median \(times[150]), p99 \(times[297]), largest \(times[299])")
                // 50 ms on a machine of one's own; this one has other tests to do.
                #expect(times[297] < .milliseconds(250))
            }
        }
    }

    @Test("10,000 files at once", .timeLimit(.minutes(1)))
    func many() async throws {
        try await TestMaildir.with { maildir in
            try await maildir.withStore { store in
                for _ in 0..<10_000 { try maildir.drop() }
                var ids: Set<JobID> = []
                while ids.count < 10_000 {
                    let jobs = try await store.claim(untilThereAre: 500)
                    ids.formUnion(jobs.map(\.lease.job))
                    _ = try await store.settle(
                        jobs.map { Settlement($0.lease, .completed(result: nil), report: .test) })
                }
                try await #expect(store.claim(5).isEmpty)
                #expect(try maildir.files("new").isEmpty)
                #expect(try maildir.files("hakobi/state").isEmpty)
            }
        }
    }

    @Test("mails that the kernel's full queue did not tell of are found at once", .timeLimit(.minutes(1)))
    func overflow() async throws {
        try await TestMaildir.with { maildir in
            var options = MaildirOptions()
            options.lookInterval = .seconds(3600)
            try await maildir.withStore(options) { store in
                let (isBlocked, mayGoOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
                async let blocked: Void = store.perform("test") { _ throws(FileTrouble) in
                    isBlocked.signal()
                    mayGoOn.wait()
                }
                await wait(for: isBlocked)
                // Touches fill the queue as arrivals do: alternating, because equal neighbours become one.
                let names = try [maildir.drop(), maildir.drop()]
                for _ in 0..<(try queueLength()) { for name in names { Files.touch("\(maildir.path)/new/\(name)") } }
                let late = try maildir.drop()
                mayGoOn.signal()
                try await blocked
                let jobs = try await store.claim(untilThereAre: 3)
                #expect(jobs.map(\.lease.job).contains(MailName(late).id))
            }
        }
    }

    /// Half of it would do; what comes in pairs overflows it surely.
    private func queueLength() throws -> Int {
        let file = open("/proc/sys/fs/inotify/max_queued_events", O_RDONLY)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = read(file, &bytes, bytes.count)
        let digits = bytes.prefix(max(0, count)).prefix { $0 != 0x0A }
        return try #require(Int(String(decoding: digits, as: UTF8.self)))
    }

    /// Elsewhere than on the pool's threads.
    private func wait(for semaphore: DispatchSemaphore) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                semaphore.wait()
                continuation.resume()
            }
        }
    }

    @Test("several Maildirs, each its own queue and kind", .timeLimit(.minutes(1)))
    func several() async throws {
        try await TestMaildir.with { maildir in
            let other = TestMaildir(path: maildir.path + "-support")
            let support = Mailbox(
                path: other.path, queue: try QueueName("support"), kind: try Kind("support-mail"), maxFailures: 2)
            let store = try MaildirStore([Mailbox(path: maildir.path), support])
            try maildir.drop()
            try other.drop()
            let first = try await store.claim(untilThereAre: 1)
            #expect(first.map(\.queue) == [.default])
            try await #expect(store.claim(5).isEmpty)
            let second = try await store.claim(5, kinds: ["support-mail"])
            #expect(second.map(\.queue.description) == ["support"])
            #expect(second.map(\.maxFailures) == [2])
            try await store.pause(try QueueName("support"))
            try other.drop()
            try await #expect(store.claim(5, kinds: ["support-mail"]).isEmpty)
            await store.close()
        }
    }

    @Test("what cannot be a Maildir is refused with a sentence")
    func refusals() async throws {
        try await TestMaildir.with { maildir in
            try Files.create(maildir.path, [], isDurable: false)
            #expect(throws: StoreError.self) { try MaildirStore(path: maildir.path) }
            #expect(throws: StoreError.self) { try MaildirStore([]) }
        }
    }
}
