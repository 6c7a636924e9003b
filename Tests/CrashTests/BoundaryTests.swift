import Glibc
import HakobiCore
import HakobiTestKit
import Testing

extension CrashTests {
    /// A service that dies by SIGKILL exactly before or after one of its store's five methods, and its next life.
    @Suite("Death at a store's boundary")
    struct BoundaryTests {
        enum Mode: String, CaseIterable {
            case inProcess = "in-process"
            case preforked
        }

        struct Setting: Sendable, CustomTestStringConvertible {
            let mode: Mode
            let place: Place
            var testDescription: String { "\(mode.rawValue) on \(place)" }
            /// In a quick run MariaDB has the mode that people use; both are the same to a store.
            static let all = Mode.allCases.flatMap { mode in Place.allCases.map { Setting(mode: mode, place: $0) } }
                .filter { Site.isSoak || $0.place != .mariadb || $0.mode == .preforked }
        }

        static let plans: [SelfKillingStore.Plan] = StoreMethod.allCases.flatMap { method in
            StoreBoundary.allCases.flatMap { boundary in
                calls(of: method).map { SelfKillingStore.Plan(method, call: $0, boundary) }
            }
        }

        /// Which calls: few in a quick run, and never the same place for all methods.
        private static func calls(of method: StoreMethod) -> [Int] {
            switch method {
            case .insert: Site.isSoak ? [1, 2, 7, 23] : [5]
            case .claim: Site.isSoak ? [1, 2, 3, 9] : [2]
            case .renew: Site.isSoak ? [1, 2, 3] : [1]
            case .settle: Site.isSoak ? [1, 2, 3, 6] : [2]
            case .rescue: [1]
            }
        }

        @Test(
            "nothing is lost, nothing is settled twice, and the next life gives back at once", arguments: Setting.all,
            plans)
        func dies(setting: Setting, plan: SelfKillingStore.Plan) async throws {
            let mode = setting.mode
            try await Site.with(setting.place) { site in
                try await site.enqueue("ok", count: 20)
                try await site.enqueue("sleep", 30, count: 10)
                try await site.enqueue("fail-once", count: 5)
                try await site.enqueue("snooze", 1, count: 5)
                try await site.enqueue("chain", 2, count: 5)
                // Long enough to be renewed.
                try await site.enqueue("sleep", plan.method == .renew ? 900 : 60, count: 4)
                var variables = ["CRASH_PLAN": plan.description, "CRASH_LEASE": "1000"]
                if plan.method == .insert { variables["CRASH_FEED"] = "60" }
                let first = try site.run([mode.rawValue], variables)
                let status = try await first.end(within: .seconds(20))
                #expect(status == 128 + SIGKILL, "\(plan): ended by itself with \(status): \(first.log.suffix(1500))")
                let held = try await site.count(.running)

                let restart = monotonicNanoseconds()
                let second = try site.run([mode.rawValue], ["CRASH_LEASE": "60000"])
                let owner = "\(first.pid)-"
                try await until("the dead one holds nothing", within: .seconds(10), every: .milliseconds(2)) {
                    try await site.registry.owners().allSatisfy { !$0.incarnation.hasPrefix(owner) }
                }
                let given = milliseconds(monotonicNanoseconds() - restart)
                figure(
                    "restart gives back what a dead \(mode.rawValue) service held (\(plan), \(held) jobs, \(setting.place))",
                    "\(given) ms")
                #expect(given < 1000)
                try await site.drained()
                try await site.stop(second)
                try await Laws.hold(at: site)
            }
        }

        @Test(
            "a service that dies while it gives back a dead one's jobs is itself given back",
            arguments: StoreBoundary.allCases, Place.allCases)
        func diesInRescue(boundary: StoreBoundary, place: Place) async throws {
            try await Site.with(place) { site in
                try await site.enqueue("sleep", 30, count: 40)
                let first = try site.run(["in-process"])
                try await site.started(3)
                first.signal(SIGKILL)
                try await first.end()
                let second = try site.run(["in-process"], ["CRASH_PLAN": "rescue:1:\(boundary.rawValue)"])
                #expect(try await second.end() == 128 + SIGKILL)
                let third = try site.run(["in-process"])
                try await site.drained()
                try await site.stop(third)
                try await Laws.hold(at: site)
            }
        }
    }
}
