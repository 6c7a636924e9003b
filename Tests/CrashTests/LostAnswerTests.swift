import HakobiCore
import Servers
import Testing

extension CrashTests {
    /// The connection ends between the server's commit of a claim and the moment at which we read of it.
    @Suite("Lost answers")
    struct LostAnswerTests {
        /// How the answer of a claim that takes jobs is told from all others.
        private static func claim(on kind: ServerKind, of payload: Int) -> LosingRelay.Mark {
            switch kind {
            case .postgres: .answer("\(payload)")
            case .mariadb: .request("SET place = -2")
            }
        }

        @Test("what a lost claim took runs once, at once and uncharged", arguments: ServerKind.allCases)
        func claimed(kind: ServerKind) async throws {
            let own = try (kind == .postgres ? Place.postgres : .mariadb).freshStore(in: "")
            let relay = try LosingRelay(before: own)
            try await Site.with(url: relay.url(own), own: own) { site in
                let service = try site.up(concurrency: 4)
                try await site.enqueue("ok")
                try await site.drained()
                var ids: [JobID] = []
                var longest = Duration.zero
                for round in 1...4 {
                    relay.lose(Self.claim(on: kind, of: 271_828_000 + round))
                    let start = ContinuousClock.now
                    ids += try await site.enqueue("ok", 271_828_000 + round, count: 5)
                    // A lease is twelve times as long.
                    try await site.drained(within: .seconds(5))
                    #expect(relay.hasLost)
                    longest = max(longest, .now - start)
                }
                figure("jobs of a lost claim on \(kind) were done within", "\(longest)")
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                laws.expectUncharged(ids)
                laws.expectEachStartedOnce()
                let attempts = ids.compactMap { laws.records[$0]?.attempt }
                #expect(attempts.allSatisfy { $0 <= 2 } && attempts.contains(2), "attempts: \(attempts)")
                #expect(ids.allSatisfy { laws.records[$0]?.history.count == 1 })
            }
        }

        /// MariaDB takes jobs in two messages.
        @Test("what was not committed when the connection went is as it was")
        func notCommitted() async throws {
            let own = try Place.mariadb.freshStore(in: "")
            let relay = try LosingRelay(before: own)
            try await Site.with(url: relay.url(own), own: own) { site in
                let service = try site.up()
                try await site.enqueue("ok")
                try await site.drained()
                relay.lose(.answer("271828"))
                let ids = try await site.enqueue("ok", 271_828, count: 5)
                try await site.drained(within: .seconds(5))
                #expect(relay.hasLost)
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                #expect(ids.allSatisfy { laws.records[$0]?.attempt == 1 })
            }
        }
    }
}
