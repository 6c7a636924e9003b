import Foundation
import HakobiCore
import Testing

extension CrashTests {
    /// Processes that come and go by plan.
    @Suite("Recycling")
    struct RecyclingTests {
        @Test("processes of 5 jobs each leave no zombie, no descriptor and no gap", arguments: [1, 2])
        func byJobs(processes: Int) async throws {
            try await Site.with { site in
                // Ten thousand go by in the supervisor's own tests; here each also carries real jobs.
                let target = Site.isSoak ? 1500 : 150
                let service = try site.up(processes: processes, ["--max-jobs", "5"])
                try await site.enqueue("ok", count: 50)
                try await site.drained()
                let before = ProcessTable.descriptors(of: service.pid).count
                let begin = monotonicNanoseconds()
                var zombies = 0
                while lives(in: site.marks).count < target {
                    try await site.enqueue("ok", count: 200)
                    try await site.drained(within: .seconds(120))
                    zombies = max(zombies, ProcessTable.children(of: service.pid).count { !$0.isAlive })
                }
                let end = monotonicNanoseconds()
                try await until("no zombie is left") {
                    ProcessTable.children(of: service.pid).allSatisfy(\.isAlive)
                }
                let after = ProcessTable.descriptors(of: service.pid).count
                let marks = site.marks
                let lives = lives(in: marks)
                let used = lives.count
                figure(
                    "\(used) recycled processes of 5 jobs, \(processes) at a time",
                    "\(Int(Double(used) / (Double(end - begin) / 1e9))) processes/s, descriptors \(before) before and "
                        + "\(after) after, longest gap \(marks.longestGap(from: begin, to: end)) ms")
                #expect(after <= before + 4, "descriptors: \(ProcessTable.descriptors(of: service.pid))")
                let most = lives.max() ?? 0
                #expect(most <= 5, "a process did \(most) jobs")
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                laws.expectEachStartedOnce()
            }
        }

        /// Jobs of each process. A small machine has 32,768 process numbers, which come round: not within half a minute.
        private func lives(in marks: MarkFile) -> [Int] {
            Dictionary(grouping: marks.finished, by: \.pid).values.flatMap { marks in
                var lives = [1]
                for (earlier, later) in zip(marks, marks.dropFirst()) {
                    if later.at - earlier.at > 30_000_000_000 { lives.append(1) } else { lives[lives.count - 1] += 1 }
                }
                return lives
            }
        }

        @Test("one process of one job each does not hang")
        func oneByOne() async throws {
            try await Site.with { site in
                let service = try site.up(processes: 1, ["--max-jobs", "1"])
                let count = Site.isSoak ? 1000 : 60
                try await site.enqueue("ok", count: count)
                try await site.drained(within: .seconds(120))
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                laws.expectEachStartedOnce()
                #expect(lives(in: laws.marks).count == count)
            }
        }

        @Test("a handler that grows stays under a bound")
        func byMemory() async throws {
            try await Site.with { site in
                let service = try site.up(processes: 1, ["--max-memory", "160MiB"])
                try await site.enqueue("grow", 8, count: Site.isSoak ? 1000 : 80)
                var largest = 0
                try await until("all have ended", within: .seconds(300), every: .milliseconds(2)) {
                    largest = site.workers(of: service).map(ProcessTable.resident).reduce(largest, max)
                    return try await site.count(.available, .running) == 0
                }
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                laws.expectEachStartedOnce()
                let used = Set(laws.marks.finished.map(\.pid)).count
                figure("growing handler under --max-memory 160MiB", "largest \(largest >> 20) MiB, \(used) processes")
                #expect(largest < 256 << 20)
                #expect(used >= 3)
            }
        }
    }
}
