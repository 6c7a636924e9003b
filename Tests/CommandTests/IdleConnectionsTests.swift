import Foundation
import Hakobi
import Servers
import Testing

@testable import HakobiCommand

/// Many worker processes at rest: what the server has of them is counted by the service, not by the process.
@Suite("Connections at rest", .serialized, .timeLimit(.minutes(5)))
struct IdleConnectionsTests {
    enum Place: String, CaseIterable, Sendable {
        case postgres, mariadb

        /// A store of the test's own, and how many sessions the server has in it.
        func store() throws -> (url: String, sessions: () throws -> Int) {
            switch self {
            case .postgres:
                let server = try PostgresServer.shared()
                let name = try server.database()
                let text = "SELECT count(*) FROM pg_stat_activity WHERE datname = '\(name)'"
                return (server.url(database: name), { try Self.number(server.sql(text)) })
            case .mariadb:
                let server = try MariaDBServer.shared()
                let name = try server.database()
                let text = "SELECT count(*) FROM information_schema.PROCESSLIST WHERE DB = '\(name)'"
                return (server.url(database: name), { try Self.number(server.sql(text)) })
            }
        }

        private static func number(_ text: String) throws -> Int {
            try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        }
    }

    private let isSoak = ProcessInfo.processInfo.environment["HAKOBI_SOAK"] != nil
    /// A hundred workers beside all other tests of this room would be too much for a small machine.
    private let services = 4
    private var processes: Int { isSoak ? 25 : 10 }

    private func start(_ store: String, _ more: [String], in folder: Folder) async throws -> [Running] {
        // Whoever comes first makes the tables.
        #expect(try await hakobi("migrate", "--store", store, in: folder).status == 0)
        let running = try (0..<services).map { number in
            try Running(
                Built.hakobi,
                [
                    "up", "--exec", "a=cat", "--processes", "\(processes)", "--store", store, "--set",
                    "node=host-\(number)",
                ] + more, in: folder)
        }
        for service in running { #expect(await until { service.error.contains("ready") }, "\(service.error)") }
        // They are no strangers to work.
        let lines = (1...50).map { "\($0)\n" }.joined()
        let made = try await hakobi("enqueue", "a", "--raw", "--lines", "--store", store, in: folder, input: lines)
        #expect(made.status == 0, "\(made.error)")
        #expect(
            await until {
                running.reduce(0) { $0 + $1.error.components(separatedBy: "job completed").count - 1 } == 50
            })
        return running
    }

    private func end(_ running: [Running]) async {
        for service in running { service.send(SIGTERM) }
        for service in running { #expect(await service.end().status == 0) }
    }

    private func workers(of running: [Running]) -> Int {
        running.reduce(0) { $0 + ProcessFiles.children(of: $1.pid).count }
    }

    @Test(arguments: Place.allCases) func aServiceHoldsTwoHoweverManyProcessesItHas(place: Place) async throws {
        let (folder, store) = (try Folder(), try place.store())
        let running = try await start(store.url, [], in: folder)
        #expect(workers(of: running) >= services * processes)
        // Over more than one poll and one heartbeat.
        var most = 0
        for _ in 0..<20 {
            most = max(most, try store.sessions())
            try await Task.sleep(for: .milliseconds(100))
        }
        print("\(workers(of: running)) workers at rest in \(services) services, \(place): \(most) sessions at most")
        #expect(most <= 2 * services && most > 0)
        await end(running)
    }

    @Test(arguments: Place.allCases) func andNoneWithIdleClose(place: Place) async throws {
        let (folder, store) = (try Folder(), try place.store())
        let running = try await start(store.url, ["--idle-close", "300ms", "--poll-interval", "5s"], in: folder)
        // All of them at once: each looks every five seconds.
        var inARow = 0
        #expect(
            try await until {
                inARow = try store.sessions() == 0 ? inARow + 1 : 0
                return inARow == 10
            })
        #expect(workers(of: running) >= services * processes)
        await end(running)
    }
}
