import Dispatch
import Glibc
import Hakobi

/// A steady stream of jobs while the server is restarted in its midst: how long nothing is picked up, and what is repeated.
struct RestartRun {
    let bench: BenchRun
    /// What restarts the server and returns once it answers again, for `sh -c`.
    let command: String
    private var plan: BenchPlan { bench.plan }
    private var file: String { plan.directory + "/pickups" }

    func figures(_ cell: BenchCell) async throws -> [(String, Double)] {
        try await bench.withStore { roles in
            let service = try bench.start(cell, [], pickups: file)
            do {
                let figures = try await measure(roles)
                service.signal(SIGTERM)
                _ = try await service.wait()
                return figures
            } catch {
                service.signal(SIGTERM)
                _ = try await service.wait()
                throw error
            }
        }
    }

    private func measure(_ roles: StoreRoles) async throws -> [(String, Double)] {
        let client = JobClient(roles)
        var pickups = PickupFile(path: file)
        try await client.enqueue(BenchJob(number: 0))
        try await pickups.wait(for: 1)
        async let restart = restarted(after: plan.stream / 2)
        async let sent = SteadyStream(client: client).send(for: plan.stream)
        // Until a little before the last one.
        async let gap = longestGap(for: plan.stream - .milliseconds(500))
        let (jobs, repeats) = try await sent
        let (from, to) = try await restart
        let pause = try await gap
        try await untilCompleted(jobs + 1, roles)
        try await pickups.wait(for: jobs + 1)
        return [
            ("jobs", Double(jobs)), ("outage_ms", (to - from) / .milliseconds(1)),
            ("gap_ms", pause.length / .milliseconds(1)), ("back_ms", (pause.end - to) / .milliseconds(1)),
            ("enqueues_repeated", Double(repeats)), ("started_again", Double(pickups.waits.count - jobs - 1)),
        ]
    }

    /// From the order to the moment at which the server answers again.
    private func restarted(
        after pause: Duration
    ) async throws -> (from: ContinuousClock.Instant, to: ContinuousClock.Instant) {
        try await Task.sleep(for: pause)
        let start = ContinuousClock.now
        let status = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: system(command)) }
        }
        guard status == 0 else { throw CommandFailure(.failed, "--restart: the command ended with \(status >> 8)") }
        return (start, .now)
    }

    /// The longest time without a pickup, to within the two milliseconds between two looks.
    private func longestGap(
        for duration: Duration
    ) async throws -> (length: Duration, end: ContinuousClock.Instant) {
        var pickups = PickupFile(path: file)
        let end = ContinuousClock.now + duration
        var last = ContinuousClock.now
        var longest = (length: Duration.zero, end: last)
        while last < end {
            try await pickups.wait(for: pickups.waits.count + 1)
            let now = ContinuousClock.now
            if now - last > longest.length { longest = (now - last, now) }
            last = now
        }
        return longest
    }

    private func untilCompleted(_ count: Int, _ roles: StoreRoles) async throws {
        let reader = try roles.need(\.reader, to: "count jobs")
        // Half a lease: whoever waits for the end of one is found out.
        let deadline = ContinuousClock.now + .seconds(30)
        while try await reader.stats().states[.completed] != count {
            guard ContinuousClock.now < deadline else {
                throw CommandFailure(.failed, "of \(count) jobs not all were completed: see \(bench.log)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// Jobs that are enqueued together, again and again: 800 a second.
struct SteadyStream {
    let client: JobClient

    private static let batch = 8
    private static let pause = Duration.milliseconds(10)

    /// Sends at its pace, whatever the answers take, and again what is not known to be there; how many went, and how
    /// often a batch was repeated.
    func send(for duration: Duration) async throws -> (jobs: Int, repeats: Int) {
        let ticks = Int(duration / Self.pause)
        var repeats = 0
        let start = ContinuousClock.now
        for tick in 0..<ticks {
            try await Task.sleep(until: start + Self.pause * tick, clock: .continuous)
            repeats += try await insert(try (0..<Self.batch).map { try NewJob(BenchJob(number: $0)) })
        }
        return (ticks * Self.batch, repeats)
    }

    /// How often it had to be repeated.
    private func insert(_ jobs: [NewJob]) async throws -> Int {
        for repeats in 0..<1000 {
            do throws(StoreError) {
                _ = try await client.insert(jobs)
                return repeats
            } catch {
                guard error.isTransient else { throw error }
            }
            try await Task.sleep(for: Self.pause)
        }
        throw CommandFailure(.failed, "nothing could be enqueued for ten seconds")
    }
}
