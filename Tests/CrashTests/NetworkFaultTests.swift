import Glibc
import HakobiCore
import Servers
import Testing

extension CrashTests {
    /// Networks that fail between hosts and their server: each host is a network namespace.
    @Suite("Faults of a network", .enabled(if: FarHost.obstacle == nil, "\(FarHost.obstacle ?? "")"))
    struct NetworkFaultTests {
        enum Fault: String, CaseIterable {
            case unplugged = "cable pulled"
            case noRoute = "route lost"
            case silent = "every packet lost"
            case lossy = "every fifth packet lost"
            case reset = "connections reset"

            func begin(_ host: FarHost) throws {
                switch self {
                case .unplugged: try host.unplug()
                case .noRoute: try host.loseRoute()
                case .silent: try host.block()
                case .lossy: try host.block(percent: 20)
                case .reset: try host.reset()
                }
            }

            func end(_ host: FarHost) throws {
                switch self {
                case .unplugged: try host.plug()
                case .noRoute: try host.findRoute()
                case .silent, .lossy, .reset: try host.mend()
                }
            }
        }

        /// In a quick run MariaDB has the one that its client library, which blocks, hears least of.
        private static let storms =
            Fault.allCases.map { ($0, ServerKind.postgres) }
            + (Site.isSoak ? Fault.allCases : [.silent]).map { ($0, ServerKind.mariadb) }

        @Test("a partition heals and nothing is lost", arguments: storms)
        func fault(_ fault: Fault, kind: ServerKind) async throws {
            let host = try FarHost()
            defer { host.remove() }
            let server = try kind.start(isOpen: true)
            try await Site.with(url: server.freshStore(host: host.home)) { site in
                try await Storm(site: site, name: "\(fault.rawValue), \(kind)", wrapper: host.wrapper).pass { _ in
                    try fault.begin(host)
                } end: { _ in
                    try fault.end(host)
                }
            }
        }

        @Test(
            "of two hosts with four processes each one dies: the other goes on, and runs what was held again",
            arguments: ServerKind.allCases)
        func hostDies(kind: ServerKind) async throws {
            let (first, second) = (try FarHost(), try FarHost())
            defer { for host in [first, second] { host.remove() } }
            let server = try kind.start(isOpen: true)
            let url = try server.freshStore()
            try await Site.with(url: url) { site in
                func up(_ node: String, _ host: FarHost) throws -> Running {
                    try site.up(
                        processes: 4,
                        [
                            "--store", url.replacing("127.0.0.1", with: host.home), "--lease", "3s", "--set",
                            "node=\(node)", "--set", "runtime-directory=\(site.folder)/run-\(node)",
                        ], through: host.wrapper)
                }
                let (victim, heir) = (try up("first", first), try up("second", second))
                try await site.enqueue("sleep", 100, count: 600)
                try await site.finished(60)
                // No farewell reaches the server: the cable goes first.
                let processes = [victim.pid] + site.workers(of: victim)
                #expect(processes.count == 5)
                try first.unplug()
                let died = monotonicNanoseconds()
                for pid in processes { kill(pid, SIGKILL) }
                try await site.drained()
                try await site.stop(heir)
                let laws = try await Laws.hold(at: site)
                let marks = laws.marks
                let touched = Set(marks.started.filter { processes.contains($0.pid) }.map(\.job))
                let again = marks.started.filter { $0.attempt > 1 && touched.contains($0.job) }.map(\.at)
                #expect(!again.isEmpty, "it held nothing when it died")
                let slowest = milliseconds((again.max() ?? died) - died)
                figure(
                    "one of two hosts killed on \(kind), lease 3 s",
                    "\(again.count) of its jobs started again within \(slowest) ms; the other's longest pause was "
                        + "\(marks.longestGap(from: died, to: died + 3_000_000_000)) ms")
                // Looked for every some seconds once the lease is over.
                #expect(slowest < 8000)
            }
        }
    }
}
