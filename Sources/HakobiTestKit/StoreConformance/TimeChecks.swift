internal import HakobiCore

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
        }
    ]

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
