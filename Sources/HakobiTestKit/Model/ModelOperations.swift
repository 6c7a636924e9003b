internal import HakobiCore

extension ModelHistory {
    /// One operation of the history.
    mutating func live() async throws {
        operation += 1
        switch make.number(1...100) {
        case 1...20: try await insert()
        case 21...42: try await claim()
        case 43...62: try await settle()
        case 63...68: try await renew()
        case 69...73: try await rescue()
        case 74...82: try await edit()
        case 83...85: try await prune()
        case 86...87: try await switchQueue()
        case 88...95: try await passTime()
        case 96...97: try await register()
        default: try await read()
        }
    }

    private mutating func insert() async throws {
        let jobs = try (0..<make.number(1...4)).map { _ in try make.newJob() }
        try await both("insert \(jobs)") { try await $0.store.insert(jobs) }
    }

    private mutating func claim() async throws {
        let demand = try make.demand()
        let claimed = try await both("claim \(demand)") {
            try await $0.store.claim(demand)
        } seen: { claimed in
            claimed.map { job in
                var job = job
                job.lease = job.lease.comparable
                return job
            }
        }
        leases += zip(claimed.oracle, claimed.subject).map { ($0.lease, $1.lease) }
    }

    /// Mostly young leases, because old ones are mostly lost.
    private mutating func lease() -> (oracle: Lease, subject: Lease)? {
        guard !leases.isEmpty else { return nil }
        let youngest = max(0, leases.count - 8)
        let index = make.number((make.once(in: 6) ? 0 : youngest)...(leases.count - 1))
        return leases[index]
    }

    private mutating func settle() async throws {
        var settlements: [(oracle: Settlement, subject: Settlement)] = []
        for _ in 0..<make.number(1...3) {
            guard let lease = lease() else { return }
            let followUps = try make.once(in: 8) ? [make.newJob(), make.newJob()] : []
            let settlement = Settlement(
                lease.oracle, make.outcome(), report: make.report(), followUps: followUps,
                checkpoint: make.once(in: 4) ? make.bytes() : nil)
            var twin = settlement
            twin.lease = lease.subject
            settlements.append((settlement, twin))
        }
        let receipts = (
            try await oracle.store.settle(settlements.map(\.oracle)),
            try await subject.store.settle(settlements.map(\.subject))
        )
        try compare("settle \(settlements.map(\.oracle))", receipts.0, receipts.1)
    }

    private mutating func renew() async throws {
        var renewals: [(oracle: Renewal, subject: Renewal)] = []
        for _ in 0..<make.number(1...3) {
            guard let lease = lease() else { return }
            let renewal = Renewal(
                lease.oracle, extend: make.once(in: 3) ? nil : make.seconds(1...60),
                progress: make.once(in: 2) ? Progress(done: make.number(0...9), total: 9, note: nil) : nil,
                checkpoint: make.once(in: 3) ? make.bytes() : nil)
            var twin = renewal
            twin.lease = lease.subject
            renewals.append((renewal, twin))
        }
        let receipts = (
            try await oracle.store.renew(renewals.map(\.oracle)),
            try await subject.store.renew(renewals.map(\.subject))
        )
        try compare("renew \(renewals.map(\.oracle))", receipts.0, receipts.1)
    }

    private mutating func rescue() async throws {
        let request = make.rescue()
        try await both("rescue \(request)") {
            try await $0.store.rescue(request)
        } seen: { rescued in
            rescued.map { RescuedJob(lease: $0.lease.comparable, kind: $0.kind, verdict: $0.verdict) }
        }
    }

    private mutating func edit() async throws {
        let ids = (0..<make.number(1...3)).map { _ in make.id() }
        switch make.number(1...3) {
        case 1: try await both("retry \(ids)") { try await $0.editor.retry(ids) }
        case 2: try await both("cancel \(ids)") { try await $0.editor.cancel(ids) }
        default: try await both("delete \(ids)") { try await $0.editor.delete(ids) }
        }
    }

    private mutating func prune() async throws {
        let retention = make.retention()
        let limit = make.once(in: 3) ? make.number(0...3) : 500
        try await both("prune \(retention), at most \(limit)") { try await $0.editor.prune(retention, limit: limit) }
    }

    private mutating func switchQueue() async throws {
        let queue = try make.queue()
        let isPause = make.once(in: 3)
        try await both(isPause ? "pause \(queue)" : "resume \(queue)") { fixture in
            if isPause { try await fixture.queues.pause(queue) } else { try await fixture.queues.resume(queue) }
            return try await fixture.queues.pausedQueues().sorted()
        }
    }

    private mutating func passTime() async throws {
        let isStep = make.once(in: 8)
        let duration = isStep ? make.seconds(-100...100) : make.seconds(0...30)
        for fixture in [oracle, subject] {
            if isStep {
                try await fixture.stepWallClock(by: duration)
            } else {
                try await fixture.advance(by: duration)
            }
        }
    }

    private mutating func register() async throws {
        let worker = try make.worker()
        let isEnd = make.once(in: 3)
        try await both("\(isEnd ? "retire" : "report") \(worker)") { fixture in
            if isEnd {
                try await fixture.registry.retire(worker.owner)
            } else {
                try await fixture.registry.report(worker)
            }
            return try await Set(fixture.registry.workers())
        }
    }

    private mutating func read() async throws {
        let id = make.id()
        try await both("job \(id)") { try await $0.reader.job(id)?.comparable }
        let filter = JobFilter(
            state: make.once(in: 2) ? nil : make.one(of: JobState.allCases),
            queue: make.once(in: 2) ? nil : try make.queue(),
            kind: make.once(in: 2) ? nil : try make.kind())
        let limit = make.number(0...20)
        let before = make.once(in: 2) ? nil : make.ids.last
        try await both("list \(filter), at most \(limit), before \(String(describing: before))") {
            try await $0.reader.jobs(matching: filter, limit: limit, before: before)
        }
        try await both("stats") { try await $0.reader.stats() }
    }
}
