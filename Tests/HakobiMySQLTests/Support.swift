import HakobiCore
import Logging
import Servers
import Synchronization
import Testing

@testable import HakobiMySQL

/// A fresh store on tables of its own, in a database that all tests of this process share.
func withStore(
    clock: StoreClock? = nil, _ body: (MySQLStore) async throws -> Void
) async throws {
    let place = try TestDatabase.shared.get()
    let store = try MySQLStore(url: place.url(), options: MySQLOptions(logger: quiet, clock: clock))
    do {
        try await body(store)
        await store.close()
    } catch {
        await store.close()
        throw error
    }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// One database for many stores, each with a prefix of its own.
struct TestDatabase: Sendable {
    let server: MariaDBServer
    let name: String
    private static let count = Atomic(0)

    static let shared = Result { () throws -> TestDatabase in
        let server = try MariaDBServer.shared()
        return TestDatabase(server: server, name: try server.database())
    }

    /// A URL that nobody has used.
    func url() -> String {
        let number = Self.count.add(1, ordering: .relaxed).newValue
        return server.url(database: name, "hakobi_prefix=t\(number)_")
    }
}

/// A connection to the tests' own server, without a link.
func connect(_ url: String) throws -> Connection {
    try Connector(address: MySQLAddress(parsing: url), clientName: "hakobi test").connect()
}
