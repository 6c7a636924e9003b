import Glibc
import HakobiCore
import Testing

extension CrashTests {
    /// Processes that are killed from outside, alone and together.
    @Suite("Death of processes")
    struct DeathTests {
        @Test(
            "a killed worker process's job starts again in less than 100 ms, and nobody else is charged",
            arguments: Place.allCases)
        func worker(place: Place) async throws {
            try await Site.with(place) { site in
                let service = try site.up(processes: 2)
                var waits: [Double] = []
                let rounds = Site.isSoak ? 50 : 10
                var victims: Set<JobID> = []
                var neighbours: [JobID] = []
                for round in 0..<rounds {
                    let ids = try await site.enqueue("sleep", 250, count: 2)
                    try await site.started(round * 3 + 2)
                    let mark = try #require(site.marks.started.last { ids.contains($0.job) })
                    let killedAt = monotonicNanoseconds()
                    kill(mark.pid, SIGKILL)
                    try await site.drained()
                    let again = try #require(
                        site.marks.started.first { $0.job == mark.job && $0.attempt > mark.attempt })
                    waits.append(milliseconds(again.at - killedAt))
                    victims.insert(mark.job)
                    neighbours += ids.filter { $0 != mark.job }
                }
                waits.sort()
                figure(
                    "kill -9 of a worker process to its job's next start, \(place)",
                    "median \(waits[rounds / 2]) ms, largest \(waits[rounds - 1]) ms of \(rounds)")
                #expect(waits[rounds / 2] < 100)
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                laws.expectUncharged(neighbours)
                #expect(victims.allSatisfy { laws.records[$0]?.crashes == 1 })
                #expect(victims.allSatisfy { laws.records[$0]?.history.first?.cause?.signal == SIGKILL })
            }
        }

        @Test(
            "of several jobs in a killed process none is charged, and each runs alone next", arguments: Place.allCases)
        func several(place: Place) async throws {
            try await Site.with(place) { site in
                let service = try site.up(processes: 1, concurrency: 4)
                let ids = try await site.enqueue("sleep", 400, count: 4)
                try await site.started(4)
                kill(try #require(site.marks.started.first?.pid), SIGKILL)
                try await site.drained()
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                laws.expectUncharged(ids)
                let second = laws.marks.started.filter { $0.attempt == 2 }
                #expect(second.count == 4)
                #expect(Set(second.map(\.pid)).count == 4, "each in a process of its own")
            }
        }

        @Test(
            "when the parent is killed its children leave, nothing runs on, and the next life finishes the work",
            arguments: Place.allCases)
        func parent(place: Place) async throws {
            try await Site.with(place) { site in
                let service = try site.up(processes: 3)
                try await site.enqueue("sleep", 100, count: 60)
                try await site.finished(6)
                let children = site.workers(of: service)
                #expect(children.count >= 3)
                let killedAt = monotonicNanoseconds()
                service.signal(SIGKILL)
                try await until("the children have left") { children.allSatisfy { !ProcessTable.isAlive($0) } }
                figure(
                    "kill -9 of the parent to the last child's end, \(place)",
                    "\(milliseconds(monotonicNanoseconds() - killedAt)) ms")
                let late = site.marks.started.filter { $0.at > killedAt + 1_000_000_000 }
                #expect(late.isEmpty)
                let next = try site.up(processes: 3)
                try await site.drained()
                try await site.stop(next)
                try await Laws.hold(at: site)
            }
        }

        @Test(
            "a child that outlives its parent for a moment: what it held comes back soon after it has left",
            arguments: Place.allCases)
        func lateChild(place: Place) async throws {
            try await Site.with(place) { site in
                let service = try site.up(processes: 1)
                let id = try await site.enqueue("block", 1000)[0]
                try await site.started(1)
                service.signal(SIGKILL)
                // Looks for the dead at its start, when the lock is still held.
                let next = try site.up(processes: 1)
                try await site.started(2, within: .seconds(5))
                try await site.drained()
                try await site.stop(next)
                let laws = try await Laws.hold(at: site)
                let starts = laws.marks.started.filter { $0.job == id }.map(\.at)
                figure(
                    "kill -9 of the parent, its child stays 1 s: the job's next start, \(place)",
                    "\(milliseconds(starts[1] - starts[0])) ms after its first")
            }
        }

        @Test(
            "when parent and children are killed together, the next life finishes the work", arguments: Place.allCases)
        func together(place: Place) async throws {
            // Nobody can tell our kills from the jobs' own doing; here the jobs are known to be innocent.
            let budget = ["--set", "crash-budget=1000"]
            try await Site.with(place) { site in
                for round in 0..<(Site.isSoak ? 20 : 4) {
                    let service = try site.up(processes: 2, concurrency: 2, budget)
                    try await site.enqueue("sleep", 30, count: 30)
                    try await site.finished(round * 10 + 5)
                    let all = [service.pid] + site.workers(of: service)
                    for pid in all { kill(pid, SIGKILL) }
                    try await service.end()
                }
                let last = try site.up(processes: 2, concurrency: 2, budget)
                try await site.drained()
                try await site.stop(last)
                let laws = try await Laws.hold(at: site)
                #expect(laws.records.values.allSatisfy { $0.state == .completed })
            }
        }

        @Test(
            "a job that takes parent and child down together is dead within its budget and harms no neighbour",
            arguments: [1, 4], Place.allCases)
        func poisonedUnit(concurrency: Int, place: Place) async throws {
            try await Site.with(place) { site in
                let poison = try await site.enqueue("kill-unit", priority: 9)[0]
                let neighbours = try await site.enqueue("sleep", 100, count: 20)
                var deaths = 0
                while try await !site.job(poison).state.isTerminal, deaths < 8 {
                    let service = try site.up(processes: 2, concurrency: concurrency)
                    let status = try await eventually("dies, or the poison is dead") { () async throws -> Int32? in
                        if !ProcessTable.isAlive(service.pid) { return 137 }
                        return try await site.job(poison).state.isTerminal ? 0 : nil
                    }
                    if status == 137 { deaths += 1 } else { try await site.stop(service) }
                }
                figure("deaths of a whole unit by one poison job, concurrency \(concurrency), \(place)", "\(deaths)")
                #expect(deaths <= 3)
                let last = try site.up(processes: 2, concurrency: concurrency)
                try await site.drained()
                try await site.stop(last)
                let laws = try await Laws.hold(at: site)
                #expect(laws.records[poison]?.state == .dead)
                laws.expectUncharged(neighbours)
            }
        }

        @Test(
            "a job that takes an in-process service down costs two deaths and harms no neighbour, alone at first or not",
            arguments: [false, true], Place.allCases)
        func poisonedProcess(aloneAtFirst: Bool, place: Place) async throws {
            try await Site.with(place) { site in
                let poison = try await site.enqueue("oom", priority: 9)[0]
                var neighbours = aloneAtFirst ? [] : try await site.enqueue("sleep", 50, count: 12)
                var deaths = 0
                while try await !site.job(poison).state.isTerminal, deaths < 8 {
                    let service = try site.run(["in-process"])
                    try await until("dies, or the poison is dead") {
                        if !ProcessTable.isAlive(service.pid) { return true }
                        return try await site.job(poison).state.isTerminal
                    }
                    if ProcessTable.isAlive(service.pid) { try await site.stop(service) } else { deaths += 1 }
                    if neighbours.isEmpty { neighbours = try await site.enqueue("sleep", 50, count: 12) }
                }
                figure(
                    "deaths of an in-process service by one poison job, alone at first: \(aloneAtFirst), \(place)",
                    "\(deaths)")
                #expect(deaths <= 2)
                let last = try site.run(["in-process"])
                try await site.drained()
                try await site.stop(last)
                let laws = try await Laws.hold(at: site)
                #expect(laws.records[poison]?.state == .dead)
                laws.expectUncharged(neighbours)
            }
        }
    }
}
