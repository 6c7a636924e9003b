internal import HakobiCore

extension StoreConformance {
    static let registry: [Check] = [
        Check("a worker is shown as it last reported") { fixture in
            let first = try worker(.first, slots: 4)
            try await fixture.registry.report(try worker(.first, slots: 2))
            try await fixture.registry.report(first)
            let second = try worker(.second, slots: 1)
            try await fixture.registry.report(second)
            let seen = try await fixture.registry.workers().map(\.report).sorted { $0.slots > $1.slots }
            try expect("the workers", seen, is: [first, second])
        },
        Check("a worker's silence is counted by the store") { fixture in
            try await fixture.registry.report(try worker(.first, slots: 2))
            try await fixture.registry.report(try worker(.second, slots: 1))
            try await fixture.advance(by: .seconds(100))
            try await fixture.registry.report(try worker(.second, slots: 1))
            let seen = try await fixture.registry.workers().sorted { $0.silence > $1.silence }
            let silence = seen.map { Int($0.silence.components.seconds) }
            try expect("the silences in 100 s", silence.map { $0 / 100 }, is: [1, 0])
        },
        Check("a retired worker is forgotten") { fixture in
            try await fixture.registry.report(try worker(.first, slots: 2))
            try await fixture.registry.report(try worker(.second, slots: 1))
            try await fixture.registry.retire(.first)
            try await fixture.registry.retire(.first)
            try await expect("the workers", fixture.registry.workers().map(\.report.owner), is: [.second])
            try await expect("the owners", fixture.registry.owners(), is: [.second])
        },
        Check("owners are all who reported or hold a lease") { fixture in
            try await fixture.registry.report(try worker(.first, slots: 2))
            _ = try await fixture.add()
            let lease = try await fixture.claimOne(by: .second).lease
            try await expect("the owners", Set(fixture.registry.owners()), is: [.first, .second])
            try await expect("their number", fixture.registry.owners().count, is: 2)
            try await fixture.end(lease, .completed(result: nil))
            try await expect("the owners once it is done", fixture.registry.owners(), is: [.first])
        },
        Check("retiring leaves leases alone") { fixture in
            try await fixture.registry.report(try worker(.first, slots: 2))
            _ = try await fixture.add()
            let lease = try await fixture.claimOne(by: .first).lease
            try await fixture.registry.retire(.first)
            try await expect("the owners", fixture.registry.owners(), is: [.first])
            try await fixture.end(lease, .completed(result: nil))
        },
    ]
}

private func worker(_ owner: Owner, slots: Int) throws -> WorkerReport {
    let job = ProcessReport.RunningJob(id: "0190-ü", kind: "work", since: 12)
    let process = ProcessReport(
        pid: 17, role: "worker", generation: 2, release: "1.0", state: "busy", jobs: [job], jobsDone: 5,
        residentBytes: 3 << 32, startedAt: 1_700_000_000_000_000)
    return WorkerReport(
        owner: owner, queues: [try QueueName("mail")], kinds: [try Kind("work"), try Kind("é'\"")], slots: slots,
        isQuiet: slots == 1, processes: slots == 4 ? [process] : [])
}
