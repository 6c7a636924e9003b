import Hakobi

/// Durable enqueues against an empty store: each call returns only when its job is on the disk.
enum EnqueueCells {
    /// `callers` tasks sharing one client, each enqueuing one job after another.
    static func oneByOne(_ roles: StoreRoles, jobs: Int, callers: Int) async throws -> [(String, Double)] {
        let client = JobClient(roles)
        let each = jobs / callers
        let time = try await ContinuousClock().measure {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<callers {
                    group.addTask {
                        for number in 0..<each { try await client.enqueue(BenchJob(number: caller * each + number)) }
                    }
                }
                try await group.waitForAll()
            }
        }
        return rates(jobs: each * callers, time)
    }

    /// One caller, a thousand jobs a call.
    static func bulk(_ roles: StoreRoles, jobs: Int) async throws -> [(String, Double)] {
        let client = JobClient(roles)
        let time = try await ContinuousClock().measure { try await fill(client, jobs: jobs) }
        return rates(jobs: jobs, time)
    }

    static func fill(_ client: JobClient, jobs: Int) async throws {
        for start in stride(from: 0, to: jobs, by: 1000) {
            _ = try await client.enqueue(contentsOf: (start..<min(start + 1000, jobs)).map(BenchJob.init(number:)))
        }
    }

    static func rates(jobs: Int, _ time: Duration) -> [(String, Double)] {
        let seconds = time / .seconds(1)
        return [("jobs", Double(jobs)), ("seconds", seconds), ("jobs_per_second", Double(jobs) / seconds)]
    }
}
