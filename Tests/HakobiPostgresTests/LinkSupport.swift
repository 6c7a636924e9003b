import HakobiCore
import HakobiTestKit
import Logging
import Servers
import Synchronization
import Testing

@testable import HakobiDatabase
@testable import HakobiPostgres

/// Work for the tests' links.
enum TestWork: Sendable {
    /// Adds a number to the table; the answer is how many went together.
    case add(Int32, Reply<Int>)
    /// A statement of any kind; the answer is the first column of its first row.
    case ask(String, isReadOnly: Bool, Reply<Int64>)
    case notify(String, String, Reply<Void>)
}

/// Merges additions into one statement, and does the rest one by one.
final class TestRounds: Rounds {
    let table: String
    let heard: Heard

    init(table: String, heard: Heard) {
        self.table = table
        self.heard = heard
    }

    func round(_ tickets: [Ticket<TestWork>], on connection: Connection) throws(PostgresError) {
        try add(tickets, on: connection)
        for ticket in tickets {
            switch ticket.work {
            case .add: break
            case .ask(let text, let isReadOnly, let reply):
                let round = connection.newRound()
                round.isReadOnly = isReadOnly
                let step = round.add(Statement("ask \(text)".prefix(60).description, text))
                let row = try connection.run(round)[step].first
                reply.succeed(try row?.int8(0) ?? 0)
            case .notify(let channel, let payload, let reply):
                let round = connection.newRound()
                round.add(.notify) {
                    $0.text(channel)
                    $0.text(payload)
                }
                _ = try connection.run(round)
                reply.succeed(())
            }
        }
    }

    private func add(_ tickets: [Ticket<TestWork>], on connection: Connection) throws(PostgresError) {
        let additions = tickets.compactMap { ticket -> (Int32, Reply<Int>)? in
            guard case .add(let number, let reply) = ticket.work, !reply.isAnswered else { return nil }
            return (number, reply)
        }
        guard !additions.isEmpty else { return }
        heard.begun.withLock { $0 += 1 }
        let round = connection.newRound()
        round.add(Statement("add", "INSERT INTO \(table) SELECT unnest($1)")) { $0.int4s(additions) { $0.0 } }
        _ = try connection.run(round)
        for (_, reply) in additions { reply.succeed(additions.count) }
    }

    func opened(_ connection: Connection) throws(PostgresError) { heard.opened.withLock { $0 += 1 } }
    func notified(_ payload: String) { heard.payloads.continuation.yield(payload) }
}

/// What the thread told.
final class Heard: Sendable {
    let opened = Mutex(0)
    /// Rounds with additions.
    let begun = Mutex(0)
    let payloads = AsyncStream<String>.makeStream()
    let lines = AsyncStream<String>.makeStream()
    let allLines = Mutex<[String]>([])

    var logger: Logger {
        Logger(label: "link") { _ in
            TellingLog { event, _ in
                let line = "\(event.level): \(event.message)"
                self.allLines.withLock { $0.append(line) }
                self.lines.continuation.yield(line)
            }
        }
    }

    /// Waits for a line of the log that contains `words`.
    func line(_ words: String) async -> String? {
        for await line in lines.stream where line.contains(words) { return line }
        return nil
    }

    func payload(_ wanted: String) async {
        for await payload in payloads.stream where payload == wanted { return }
    }
}

extension Link<TestWork> {
    func add(_ number: Int32) async throws(StoreError) -> Int { try await submit("add") { .add(number, $0) } }

    func ask(_ text: String, isReadOnly: Bool = true) async throws(StoreError) -> Int64 {
        try await submit("ask") { .ask(text, isReadOnly: isReadOnly, $0) }
    }

    func notify(_ channel: String, _ payload: String) async throws(StoreError) {
        try await submit("nudge") { .notify(channel, payload, $0) }
    }
}

/// A server, a table of numbers, and links to it.
struct Bench {
    let server: PostgresServer
    let table: String
    let heard = Heard()

    init(_ server: PostgresServer) throws {
        self.server = server
        table = server.freshSchema()
        try server.sql("CREATE TABLE \(table) (n int)")
    }

    func link(_ url: String? = nil, name: String = "hakobi test", _ change: (inout LinkOptions) -> Void = { _ in })
        throws
        -> Link<TestWork>
    {
        let connector = Connector(address: try PostgresAddress(parsing: url ?? server.url()), applicationName: name)
        var options = LinkOptions(logger: heard.logger)
        change(&options)
        let (table, heard) = (table, heard)
        return try Link(connector, options) { TestRounds(table: table, heard: heard) }
    }

    func numbers() throws -> String { try server.sql("SELECT count(*), count(DISTINCT n) FROM \(table)") }
}
