import Foundation
import HakobiCore
import Testing

/// Load on a service, a fault in the midst of it, and what came of it: another service ends in time while the fault lasts,
/// the work goes on as fast as before soon after, and the laws hold.
struct Storm {
    let site: Site
    let name: String
    /// Before the words of every program, when they run elsewhere.
    var wrapper: [String] = []
    /// How long the fault lasts; at least until the other service has ended.
    var lasting = Site.isSoak ? Duration.seconds(20) : .seconds(5)
    /// What is enqueued meanwhile: one a `pause` milliseconds by each of two callers.
    var payload = "0"
    var pause = 50

    static let grace = Duration.seconds(4)
    /// By when it must be as fast as before.
    static let bound = 5.0
    /// Jobs that wait: they take their time and not the processor's, so that the rate is that of the slots.
    private static let job = 40
    private static let slots = 8

    /// Raises the storm. `begin` and `end` are given the service that stays.
    func pass(begin: (Running) throws -> Void, end: (Running) throws -> Void = { _ in }) async throws {
        let flood = Self.slots * 1000 / Self.job * (Int(lasting.components.seconds) + 8)
        try await site.enqueue("sleep", Self.job, count: flood)
        let service = try up("stays", processes: 2, concurrency: Self.slots / 2)
        let leaver = try up("leaves", processes: 1, concurrency: 1)
        let stop = site.folder + "/stop"
        let feed = try site.run(
            ["feed", "ok", payload, "1000000", "2"], ["CRASH_STOP": stop, "CRASH_PAUSE": "\(pause)"], through: wrapper)
        try await site.started(20 * Self.slots)
        let before = try await rate(of: service, over: .seconds(2))

        try begin(service)
        try await Task.sleep(for: .milliseconds(300))
        let (status, took) = try await leave(leaver, while: .now + lasting)
        try end(service)
        let calm = monotonicNanoseconds()
        let back = try await recovery(of: service, since: calm, to: before)
        #expect(FileManager.default.createFile(atPath: stop, contents: nil))
        let fed = try await feed.end(within: .seconds(60))
        #expect(fed == 0, "the enqueuing process ended with \(fed): \(feed.log.suffix(1000))")
        try await calmDown(service)
        figure(
            "\(name): back to 95 % of \(Int(before)) jobs/s",
            "\(back) s after its end; TERM to exit meanwhile \(took) ms, status \(status), "
                + "\(leaver.log.contains("left to their leases") ? "leases left behind" : "everything settled"); "
                + "\(site.marks.refused) enqueues refused and repeated")
        #expect(back <= Self.bound, "\(service.log.suffix(2000))")
    }

    private func up(_ node: String, processes: Int, concurrency: Int) throws -> Running {
        try site.up(
            processes: processes, concurrency: concurrency,
            ["--lease", "3s", "--grace", "4s", "--set", "node=\(node)"], through: wrapper)
    }

    /// TERM in the midst of it; answers when the fault is over and the service gone.
    private func leave(_ leaver: Running, while until: ContinuousClock.Instant) async throws -> (Int32, Double) {
        let asked = monotonicNanoseconds()
        leaver.signal(SIGTERM)
        let status = try await leaver.end(within: .seconds(20))
        let took = milliseconds(monotonicNanoseconds() - asked)
        #expect(
            took < Double(Self.grace.components.seconds) * 1000 + 500,
            "a grace of \(Self.grace) took \(took) ms: \(leaver.log.suffix(2000))")
        try await Task.sleep(until: until)
        return (status, took)
    }

    /// Everything is done, with more hands for what is left, and nobody but the one that stays holds anything.
    private func calmDown(_ service: Running) async throws {
        let helper = try site.up(processes: 2, concurrency: 32, ["--set", "node=helps"], through: wrapper)
        try await site.drained(within: .seconds(90))
        // It may have come too late to hear of an end in its own way.
        helper.signal(SIGTERM)
        try await helper.end()
        try await site.stop(service)
        try await Laws.hold(at: site)
    }

    // MARK: Rates

    /// Ends of handlers a second in this service's worker processes.
    private func rate(of service: Running, over span: Duration) async throws -> Double {
        let begin = monotonicNanoseconds()
        try await Task.sleep(for: span)
        let end = monotonicNanoseconds()
        let ends = ends(of: service, since: begin).filter { $0 < end }
        return Double(ends.count) / (Double(end - begin) / 1e9)
    }

    private func ends(of service: Running, since: Int64) -> [Int64] {
        let pids = Set(site.workers(of: service))
        return site.marks.finished.filter { $0.at >= since && pids.contains($0.pid) }.map(\.at).sorted()
    }

    /// Seconds from a moment to the first second in which the rate was what it was.
    private func recovery(of service: Running, since calm: Int64, to before: Double) async throws -> Double {
        try await eventually("\(name): the rate is back", within: .seconds(40), every: .milliseconds(200)) {
            let ends = ends(of: service, since: calm)
            let wanted = Int((before * 0.95).rounded(.up))
            guard wanted > 0, ends.count >= wanted else { return nil }
            for first in 0...(ends.count - wanted) where ends[first + wanted - 1] - ends[first] <= 1_000_000_000 {
                return (Double(ends[first] - calm) / 1e7).rounded() / 100
            }
            return nil
        }
    }
}
