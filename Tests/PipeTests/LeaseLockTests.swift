import Foundation
import HakobiCore
import Synchronization
import Testing

@testable import Hakobi
@testable import HakobiPrefork

/// Leases that are locks on files of the test's own.
private final class TestLocks: LeaseLocks {
    private let folder = NSTemporaryDirectory() + "hakobi-locks-" + UUID().uuidString
    private let held = Mutex<[Lease: Int32]>([:])
    /// A lock that was copied is no longer held here: whoever has the copy has the lock alone.
    private let givesAway: Bool

    init(givesAway: Bool) throws {
        self.givesAway = givesAway
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        held.withLock { for descriptor in $0.values { close(descriptor) } }
        try? FileManager.default.removeItem(atPath: folder)
    }

    func lock(_ jobs: [ClaimedJob]) {
        for job in jobs {
            let file = open(path(job), O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
            #expect(flock(file, LOCK_EX | LOCK_NB) == 0)
            held.withLock { $0[job.lease] = file }
        }
    }

    func copyLock(of lease: Lease) -> Int32? {
        held.withLock { held in
            let copy = held[lease].map { fcntl($0, F_DUPFD_CLOEXEC, 0) }
            if givesAway, let own = held.removeValue(forKey: lease) { close(own) }
            return copy
        }
    }

    /// What the end of the parent does.
    func letGo() {
        held.withLock { held in
            for descriptor in held.values { close(descriptor) }
            held = [:]
        }
    }

    /// No worker process has it. One that this process is just starting has all its files, for the moment until its exec.
    func isFree(_ job: ClaimedJob) -> Bool { canBeHad(job) || !isOpenElsewhere(path(job)) }

    /// Nobody has it at all, this process included.
    func canBeHad(_ job: ClaimedJob) -> Bool {
        let file = open(path(job), O_RDWR | O_CLOEXEC)
        defer { close(file) }
        return file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0
    }

    private func isOpenElsewhere(_ path: String) -> Bool {
        let files = FileManager.default
        func target(_ link: String) -> String? { try? files.destinationOfSymbolicLink(atPath: link) }
        let own = target("/proc/self/exe")
        for pid in (try? files.contentsOfDirectory(atPath: "/proc"))?.compactMap({ Int32($0) }) ?? []
        where target("/proc/\(pid)/exe") != own {
            let open = (try? files.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []
            if open.contains(where: { target("/proc/\(pid)/fd/\($0)") == path }) { return true }
        }
        return false
    }

    private func path(_ job: ClaimedJob) -> String { "\(folder)/\(job.lease.job)" }
}

/// The lock of a lease is what the process that runs the handler holds.
@Suite(.serialized, .timeLimit(.minutes(2))) struct LeaseLockTests {
    @Test func theLockOutlivesTheParentInTheChildAndEndsWithIt() async throws {
        let locks = try TestLocks(givesAway: false)
        try await Carrier.serve(leaseLocks: locks) { carrier in
            let (running, next) = (try job("sleep", "100000"), try job("nothing"))
            locks.lock([running, next])
            carrier.runner.accept([running])
            try await carrier.until(running: 1)
            locks.letGo()
            #expect(!locks.isFree(running))
            kill(carrier.workers[0], SIGKILL)
            await carrier.ledger.until(settled: 1)
            guard case .crashed = carrier.ledger.content.outcome(of: running) else {
                throw Unexpected(carrier.ledger.content.outcome(of: running))
            }
            #expect(locks.isFree(running))
        }
    }

    @Test(arguments: [1, 4]) func whoHasEndedIsUnlockedBeforeAnybodyHears(concurrency: Int) async throws {
        let locks = try TestLocks(givesAway: true)
        try await Carrier.serve(concurrency: concurrency, leaseLocks: locks) { carrier in
            let child = carrier.workers[0]
            for _ in 0..<200 {
                let one = try job("nothing")
                locks.lock([one])
                #expect(await carrier.run([one]) == [.completed(result: nil)])
                #expect(locks.isFree(one))
            }
            let before = descriptors(of: child)
            for _ in 0..<5 {
                let many = try (0..<600).map { _ in try job("nothing") }
                locks.lock(many)
                #expect(await carrier.run(many).allSatisfy { $0 == .completed(result: nil) })
                #expect(many.allSatisfy(locks.isFree))
            }
            #expect(descriptors(of: child) == before)
        }
    }

    @Test func jobsTakenBackFromAChildAreUnlockedThere() async throws {
        let locks = try TestLocks(givesAway: false)
        try await Carrier.serve(leaseLocks: locks) { carrier in
            // Fast jobs teach the parent to give ahead of the slots.
            let fast = try (0..<500).map { _ in try job("nothing") }
            locks.lock(fast)
            _ = await carrier.run(fast)
            let jobs = [try job("sleep", "300")] + (try (0..<20).map { _ in try job("nothing") })
            locks.lock(jobs)
            carrier.runner.accept(jobs)
            try await carrier.until(running: 1)
            carrier.runner.recall()
            await carrier.ledger.until(settled: 500 + jobs.count - 1)
            #expect(carrier.ledger.content.settlements.suffix(20).allSatisfy { $0.outcome == .returned })
            locks.letGo()
            #expect(jobs.dropFirst().allSatisfy(locks.isFree))
            #expect(!locks.isFree(jobs[0]))
            await carrier.ledger.until(settled: 500 + jobs.count)
            #expect(locks.isFree(jobs[0]))
        }
    }

    @Test func aStoppedChildGetsEachJobWithItsOwnLock() async throws {
        let locks = try TestLocks(givesAway: true)
        try await Carrier.serve(concurrency: 300, leaseLocks: locks) { carrier in
            let child = carrier.workers[0]
            kill(child, SIGSTOP)
            // Far more than its socket takes: frames and locks go out in pieces once it reads again.
            let text = String(repeating: "x", count: 20_000)
            let jobs = try (0..<300).map { number in
                try job(number == 7 ? "sleep" : "echo", number == 7 ? "60000" : text)
            }
            locks.lock(jobs)
            carrier.runner.accept(jobs)
            try await Task.sleep(for: .milliseconds(100))
            kill(child, SIGCONT)
            await carrier.ledger.until(settled: jobs.count - 1)
            for (number, job) in jobs.enumerated() { #expect(locks.isFree(job) == (number != 7)) }
            kill(child, SIGKILL)
            await carrier.ledger.until(settled: jobs.count)
            #expect(locks.isFree(jobs[7]))
        }
    }

    @Test func aProgramInheritsNoLock() async throws {
        let locks = try TestLocks(givesAway: true)
        try await Carrier.serve(concurrency: 4, leaseLocks: locks) { carrier in
            let sleeping = try (0..<3).map { _ in try job("sleep", "60000") }
            let program = try job("program")
            locks.lock(sleeping + [program])
            carrier.runner.accept(sleeping)
            try await carrier.until(running: 3)
            let outcome = await carrier.run([program])[0]
            guard case .completed(let result?) = outcome else { throw Unexpected(outcome) }
            let text = String(decoding: result.bytes, as: UTF8.self)
            #expect(text.contains("/proc/"))
            #expect(!text.contains("hakobi-locks"), "\(text)")
            for job in sleeping { carrier.runner.stop(job.lease, because: .drained) }
            await carrier.ledger.until(settled: 4)
        }
    }

    @Test func aChildWithoutRoomForLocksWorksAllTheSame() async throws {
        let locks = try TestLocks(givesAway: false)
        try await Carrier.serve(leaseLocks: locks) { carrier in
            let jobs = [try job("narrow")] + (try (0..<50).map { _ in try job("nothing") })
            locks.lock(jobs)
            #expect(await carrier.run(jobs).allSatisfy { $0 == .completed(result: nil) })
        }
    }

    @Test func aLockIsNoLeakOfTheJobBeside() async throws {
        let house = HouseDescriptors()
        let watch = DescriptorWatch(besides: house)
        watch.jobBegins()
        let lock = house.open { [open("/etc/passwd", O_RDONLY | O_CLOEXEC)] }?.first.map { LockCopy($0, in: house) }
        #expect(watch.jobEnded(ran: .seconds(1), now: .seconds(1)) == nil)
        withExtendedLifetime(lock) {}
    }

    @Test(arguments: [3, 4] as [UInt16]) func onlyAChildThatKnowsOfLocksGetsThem(version: UInt16) async throws {
        let locks = try TestLocks(givesAway: false)
        try await FakeChild.serve(leaseLocks: locks) { child in
            let kind = try Kind("a")
            child.say {
                Hello(version: version, pid: 1, release: "r", offers: [.init(kind: kind, limits: TimeLimits())])
                    .write(to: &$0)
            }
            _ = try await child.hear { _, reader throws(FrameError) in try Welcome.read(&reader) }
            let work = try job("a")
            locks.lock([work])
            child.runner.accept([work])
            let (tag, jobs) = try await child.hear { tag, reader throws(FrameError) in
                var frames = JobFrameReader(kinds: [kind])
                return (tag, try frames.jobs(&reader))
            }
            #expect(tag == (version == 3 ? .jobs : .jobsWithLocks))
            locks.letGo()
            if version == 3 {
                #expect(locks.isFree(work))
            } else {
                // The child is this process.
                #expect(!locks.canBeHad(work))
                let held = try child.locks.withLock { locks throws(FrameError) in try locks.give(to: jobs) }
                #expect(held.allSatisfy { $0.lock != nil })
            }
        }
    }

    private func descriptors(of pid: Int32) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count) ?? -1
    }
}
