import HakobiCore
import Logging
import Servers
import Synchronization
import Testing

@testable import HakobiDatabase
@testable import HakobiPostgres

/// A connection to the tests' own server, without a link.
func connect(_ url: String, name: String = "hakobi test") throws -> Connection {
    let address = try PostgresAddress(parsing: url)
    let connector = Connector(address: address, applicationName: name)
    return try connector.connect(first: 0, bell: try Bell(), isWanted: { true }).0
}

extension Connection {
    /// One statement by itself.
    func run(_ text: String, _ bind: (Parameters) -> Void = { _ in }) throws(PostgresError) -> Rows {
        let round = newRound()
        let step = round.add(Statement("test \(text.hashValue)", text), bind)
        return try run(round)[step]
    }
}
