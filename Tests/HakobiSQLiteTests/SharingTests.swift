import Glibc
import HakobiCore
import HakobiTestKit
import Testing

@testable import HakobiSQLite

@Suite("Several stores on one file", .timeLimit(.minutes(3)))
struct SharingTests {
    @Test("three share the work, each job is done once, and nobody starves")
    func fair() async throws {
        let directory = TemporaryDirectory()
        let stores = try (0..<3).map { _ in try SQLiteStore(path: directory.file()) }
        let jobs = try Sample.jobs(9000)
        for start in stride(from: 0, to: jobs.count, by: 1000) {
            _ = try await stores[0].insert(Array(jobs[start..<start + 1000]))
        }
        let done = try await withThrowingTaskGroup(of: [JobID].self) { group in
            for (number, store) in stores.enumerated() {
                group.addTask {
                    let owner = Owner(node: "node", boot: "boot", incarnation: "\(number)")
                    var done: [JobID] = []
                    while true {
                        let claimed = try await store.claim(Sample.demand(10, owner: owner))
                        if claimed.isEmpty { return done }
                        for receipt in try await store.completeAll(claimed) {
                            #expect(receipt == .settled(followUps: []))
                        }
                        done += claimed.map(\.lease.job)
                    }
                }
            }
            return try await group.reduce(into: [[JobID]]()) { $0.append($1) }
        }
        #expect(Set(done.joined()) == Set(jobs.map(\.id)))
        #expect(done.joined().count == jobs.count)
        #expect(done.allSatisfy { $0.count > 900 }, "shares: \(done.map(\.count))")
        for store in stores { await store.close() }
    }

    @Test("who enqueues gets a turn while others drain")
    func enqueuer() async throws {
        let directory = TemporaryDirectory()
        let (drain, enqueue) = try (SQLiteStore(path: directory.file()), SQLiteStore(path: directory.file()))
        for _ in 0..<40 { _ = try await drain.insert(Sample.jobs(1000)) }
        let draining = Task {
            while true {
                let claimed = try await drain.claim(Sample.demand(100))
                if claimed.isEmpty || Task.isCancelled { return }
                _ = try await drain.completeAll(claimed)
            }
        }
        var waits: [Duration] = []
        for _ in 0..<200 {
            let start = ContinuousClock.now
            _ = try await enqueue.insert([Sample.job("other")])
            waits.append(ContinuousClock.now - start)
        }
        draining.cancel()
        _ = await draining.result
        waits.sort()
        #expect(waits[197] < .milliseconds(250), "p99 \(waits[197]), median \(waits[100])")
        await drain.close()
        await enqueue.close()
    }

    @Test("a step of the wall clock steals no lease; the steady clock ends it")
    func steadyLeases() async throws {
        let clock = ManualClock()
        try await withStore(SQLiteOptions(clock: clock.storeClock)) { store, _ in
            _ = try await store.insert([Sample.job()])
            #expect(try await store.claim(Sample.demand(1)).count == 1)
            clock.stepWall(by: .seconds(86_400))
            #expect(try await store.rescue(Rescue(.expired)).isEmpty)
            clock.advance(by: .seconds(61))
            #expect(try await store.rescue(Rescue(.expired)).count == 1)
        }
    }

    @Test("a lease of the host's last run is over")
    func reboot() async throws {
        try await withStore { store, directory in
            _ = try await store.insert([Sample.job()])
            let claimed = try await store.claim(Sample.demand(1))
            var options = SQLiteOptions()
            options.boot = "another run"
            let later = try SQLiteStore(path: directory.file(), options: options)
            #expect(try await later.rescue(Rescue(.expired)).map(\.lease) == claimed.map(\.lease))
            await later.close()
        }
    }

    @Test("one caller's cancellation takes back what had not begun, and nothing of the others")
    func cancellation() async throws {
        try await withStore { store, directory in
            let other = try SQLiteStore(path: directory.file())
            let hold = Task {
                try await other.writes.submit("hold") { _ throws(StoreError) in
                    // No event to await: the lock is held while the others gather.
                    _ = usleep(200_000)
                }
            }
            let jobs = try Sample.jobs(2)
            let kept = Task { try await store.insert([jobs[0]]) }
            let cancelled = Task {
                try? await Task.sleep(for: .milliseconds(20))
                return try await store.insert([jobs[1]])
            }
            cancelled.cancel()
            let error = await #expect(throws: StoreError.self) { _ = try await cancelled.value }
            #expect(error?.reason == .cancelled)
            #expect(error?.effect == .notDone)
            #expect(try await kept.value == [.inserted])
            try await hold.value
            #expect(try await store.job(jobs[1].id) == nil)
            await other.close()
        }
    }

    @Test("an operation that fails on its own takes no neighbour with it")
    func isolation() async throws {
        try await withStore { store, directory in
            let other = try SQLiteStore(path: directory.file())
            let hold = Task {
                try await other.writes.submit("hold") { _ throws(StoreError) in
                    // No event to await: the lock is held while the others gather.
                    _ = usleep(100_000)
                }
            }
            let good = try Sample.job()
            let failing = Task {
                try await store.writes.submit("broken") { session throws(StoreError) in
                    try session.connection.execute("INSERT INTO hakobi_kind (name) VALUES ('half')")
                    throw StoreError(.internal, operation: "broken", "broken: a defect", isTransient: false)
                }
            }
            let kept = Task { try await store.insert([good]) }
            await #expect(throws: StoreError.self) { try await failing.value }
            #expect(try await kept.value == [.inserted])
            try await hold.value
            #expect(try await store.job(good.id) != nil)
            let half = try await store.reads.submit("test") { session throws(StoreError) in
                try session.number(of: Kind(unchecked: "half"))
            }
            #expect(half == nil)
            await other.close()
        }
    }
}

extension Kind {
    fileprivate init(unchecked text: String) throws(StoreError) {
        do { try self.init(text) } catch {
            throw StoreError(.internal, operation: "test", error.description, isTransient: false)
        }
    }
}
