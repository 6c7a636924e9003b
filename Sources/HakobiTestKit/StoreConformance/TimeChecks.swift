internal import HakobiCore
internal import Synchronization

extension StoreConformance {
    static let time: [Check] = [
        Check("setting the date forward takes no lease from anyone") { fixture in
            _ = try await fixture.add()
            let lease = try await fixture.claimOne(lease: .seconds(60)).lease
            try await fixture.stepWallClock(by: .seconds(86_400))
            try await expect("rescued", fixture.rescueExpired(), is: [])
            try await fixture.end(lease, .completed(result: nil))
        },
        Check("setting the date back keeps no dead worker's lease") { fixture in
            _ = try await fixture.add()
            let lease = try await fixture.claimOne(lease: .seconds(60)).lease
            try await fixture.stepWallClock(by: .seconds(-86_400))
            try await fixture.advance(by: .seconds(61))
            try await expect("rescued", fixture.rescueExpired().map(\.lease), is: [lease])
        },
        Check("a job given back under a date set back is due at once") { fixture in
            let id = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            try await fixture.stepWallClock(by: .seconds(-3600))
            try await fixture.end(lease, .interrupted(reason: nil))
            try await expect("claimed", fixture.claim().map(\.lease.job), is: [id])
        },
        Check("due moments follow the date") { fixture in
            let id = try await fixture.add { $0.due = .after(.seconds(3600)) }
            try await fixture.stepWallClock(by: .seconds(3600))
            try await expect("claimed", fixture.claim().map(\.lease.job), is: [id])
        },
    ]

    static let wakeUps: [Check] = [
        Check("a nudge is a hint to everyone who listens") { fixture in
            guard let wakeUps = fixture.wakeUps else { return }
            let streams = [wakeUps.hints(), wakeUps.hints()]
            for stream in streams {
                // A hint may be lost, so the nudging goes on until one has come or ten seconds have passed.
                let came = try await eventually(within: .seconds(10)) {
                    for await _ in stream { return true }
                    return false
                } meanwhile: {
                    wakeUps.nudge()
                }
                try expect(came, "no hint came within ten seconds of nudging")
            }
        },
        Check("an inserted job is hinted at") { fixture in
            try await expectHint(fixture) { _ = try await fixture.add() }
        },
        Check("a follow-up is hinted at") { fixture in
            for _ in 0..<rounds { _ = try await fixture.add() }
            let leases = Mutex(try await fixture.leases(rounds))
            try await expectHint(fixture) {
                guard let lease = leases.withLock({ $0.popLast() }) else { return }
                _ = try await fixture.settle(lease, .completed(result: nil), followUps: [fixture.job()])
            }
        },
        Check("a job given back is hinted at") { fixture in
            for _ in 0..<rounds { _ = try await fixture.add() }
            let leases = Mutex(try await fixture.leases(rounds))
            try await expectHint(fixture) {
                guard let lease = leases.withLock({ $0.popLast() }) else { return }
                try await fixture.end(lease, .interrupted(reason: nil))
            }
        },
    ]

    /// A hint may be lost, so what causes one is done this often, before a store is said to give none.
    private static let rounds = 50

    /// Whether one who listens gets a hint by what `cause` does, over and over, 20 ms apart.
    private static func expectHint(
        _ fixture: StoreFixture, by cause: @escaping @Sendable () async throws -> Void
    ) async throws {
        guard let wakeUps = fixture.wakeUps else { return }
        let hints = wakeUps.hints()
        let came = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in hints { return true }
                return false
            }
            group.addTask {
                for _ in 0..<rounds {
                    try await cause()
                    try await Task.sleep(for: .milliseconds(20))
                }
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
        try expect(came, "no hint came in \(rounds) rounds")
    }

    /// Whether `event` answers true before the time is over, with `nudge` called every few milliseconds meanwhile.
    private static func eventually(
        within bound: Duration, _ event: @escaping @Sendable () async -> Bool,
        meanwhile nudge: @escaping @Sendable () -> Void
    ) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask { await event() }
            group.addTask {
                let end = ContinuousClock.now + bound
                while ContinuousClock.now < end {
                    nudge()
                    try await Task.sleep(for: .milliseconds(5))
                }
                return false
            }
            let first = try await group.next() ?? false
            group.cancelAll()
            return first
        }
    }
}
