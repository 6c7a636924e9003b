import CoreMetrics
import HakobiCore
import MetricsTestKit
import Servers
import Synchronization
import Testing

@testable import HakobiPostgres

@Suite("Hearing hints")
struct ListenerTests {
    let bench: Bench

    init() throws { bench = try Bench(PostgresServer.shared()) }

    /// A link that sends hints and one that listens, probes going through the first.
    private func pair(
        _ url: String? = nil, interval: Duration = .seconds(30),
        metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) throws -> (
        books: Link<TestWork>, take: Link<TestWork>
    ) {
        let books = try bench.link(url, name: "hakobi books")
        let channel = bench.table
        let take = try bench.link(url, name: "hakobi take \(bench.table)") {
            $0.listening = LinkOptions.Listening(
                channel: channel, probe: { books.probe(channel, $0, $1) }, metrics: metrics, interval: interval)
        }
        return (books, take)
    }

    private func untilHears(_ link: Link<TestWork>) async throws {
        try await within { while !link.health.current.hearsItself { try await Task.sleep(for: .milliseconds(5)) } }
    }

    @Test("It hears itself at the start, and others from then on")
    func hears() async throws {
        let (books, take) = try pair()
        try await untilHears(take)
        try await books.notify(bench.table, "look")
        try await within { [heard = bench.heard] in await heard.payload("look") }
        #expect(!take.health.current.isPooled)
        await take.close()
        await books.close()
    }

    @Test("A listener that hears nothing any more raises an alarm and connects again")
    func silent() async throws {
        let metrics = TestMetrics()
        let (books, take) = try pair(interval: .milliseconds(50), metrics: metrics)
        try await untilHears(take)
        #expect(try metrics.expectRecorder("hakobi_listener_hears").lastValue == 1)
        // What a proxy does that has replaced the session behind its back.
        try await take.unlisten()
        let line = try await within { [heard = bench.heard] in await heard.line("listener is silent") }
        #expect(line?.hasPrefix("error: ") == true)
        try await untilHears(take)
        #expect(take.health.current.connections == 2)
        #expect(!take.health.current.isSilent)
        #expect(try metrics.expectCounter("hakobi_listener_silences_total").totalValue == 1)
        #expect(try metrics.expectRecorder("hakobi_listener_hears").lastValue == 1)
        await take.close()
        #expect(try metrics.expectRecorder("hakobi_listener_hears").lastValue == 0)
        await books.close()
    }

    @Test("Behind a pooler in transaction mode: said once, unprepared, and everything still works")
    func pooled() async throws {
        let pooler = try Pooler(before: bench.server)
        let (books, take) = try pair(pooler.url())
        try await within { while !take.health.current.isPooled { try await Task.sleep(for: .milliseconds(5)) } }
        let counts = try await within { [bench] in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<100 {
                    group.addTask { try await (number % 2 == 0 ? books : take).add(Int32(number)) }
                }
                return try await group.reduce(into: 0) { count, _ in count += 1 } + bench.heard.opened.withLock { $0 }
            }
        }
        #expect(counts >= 100)
        #expect(try bench.numbers() == "100|100")
        #expect(bench.heard.allLines.withLock { $0.count { $0.contains("pooler in transaction mode") } } <= 2)
        #expect(!take.health.current.hearsItself)
        await take.close()
        await books.close()
    }

    @Test("A probe that is long on its way says nothing about who listens; one that has gone out does")
    func slowProbe() {
        let start = ContinuousClock.now
        var watch = ListenerWatch(identity: "take", at: start)
        guard case .probe(let token) = watch.tick(start) else {
            Issue.record("no probe at the start")
            return
        }
        let waiting = watch.tick(start + .seconds(10))
        watch.probeSent(at: start + .seconds(10))
        let early = watch.tick(start + .seconds(11))
        #expect(waiting == .none && early == .none)
        var deaf = watch
        let verdict = deaf.tick(start + .seconds(12))
        #expect(verdict == .pooled)
        let isHeard = watch.hear(token, at: start + .seconds(11))
        let after = watch.tick(start + .seconds(12))
        #expect(isHeard && after == .none)
    }

    @Test("Prepared statements that are elsewhere: the round is done again without them")
    func lostPrepared() async throws {
        let link = try bench.link()
        _ = try await link.add(1)
        try await link.deallocate()
        _ = try await within { try await link.add(2) }
        #expect(link.health.current.isPooled)
        #expect(try bench.numbers() == "2|2")
        await link.close()
    }
}

extension Link<TestWork> {
    /// Forgets the channels on the server's side only.
    func unlisten() async throws(StoreError) { _ = try await ask("UNLISTEN *", isReadOnly: false) }

    func deallocate() async throws(StoreError) { _ = try await ask("DEALLOCATE ALL", isReadOnly: false) }

    /// Sends a probe without waiting for it.
    func probe(_ channel: String, _ payload: String, _ done: @escaping @Sendable (Bool) -> Void) {
        post("probe", { .notify(channel, payload, $0) }) { (answer: Result<Void, StoreError>) in
            if case .success = answer { done(true) } else { done(false) }
        }
    }
}
