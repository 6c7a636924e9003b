import HakobiCore
import Servers
import Testing

@testable import HakobiPostgres

@Suite("Rounds")
struct RoundTests {
    let server: PostgresServer
    let connection: Connection
    let table: String

    init() throws {
        server = try PostgresServer.shared()
        connection = try connect(server.url())
        table = server.freshSchema()
        try connection.run(script: "CREATE TABLE \(table) (n int PRIMARY KEY); CREATE TABLE \(table)_b (n int)")
    }

    private func insert() -> Statement { Statement("insert", "INSERT INTO \(table) SELECT unnest($1)") }
    private func count() throws -> Int64 { try connection.run("SELECT count(*) FROM \(table)")[0].int8(0) }

    @Test("All of a round is done, in order, in one transaction")
    func together() throws {
        let round = connection.newRound()
        let first = round.add(insert()) { $0.int4s([1, 2]) }
        let second = round.add(insert()) { $0.int4s([3]) }
        let third = round.add(Statement("ids", "SELECT txid_current() FROM \(table)"))
        let answers = try connection.run(round)
        #expect(try answers[first].affected == 2)
        #expect(try answers[second].affected == 1)
        #expect(try answers[third].count == 3)
    }

    @Test("A failure undoes the whole round, names the constraint, and leaves the connection usable")
    func failure() throws {
        let round = connection.newRound()
        round.add(insert()) { $0.int4s([1]) }
        round.add(insert()) { $0.int4s([1]) }
        round.add(insert()) { $0.int4s([2]) }
        let error = #expect(throws: PostgresError.self) { try connection.run(round) }
        #expect(error?.sqlState == .uniqueViolation)
        #expect(error?.constraint == "\(table)_pkey")
        #expect(error?.effect == .notDone)
        #expect(try count() == 0)
    }

    @Test("A transaction may span rounds; nobody sees it before its end", arguments: [true, false])
    func transaction(commits: Bool) throws {
        let first = connection.newRound()
        first.add(.begin)
        first.add(insert()) { $0.int4s([7]) }
        _ = try connection.run(first)
        #expect(connection.isInTransaction)
        #expect(try server.sql("SELECT count(*) FROM \(table)") == "0")
        let second = connection.newRound()
        second.add(insert()) { $0.int4s([8]) }
        second.add(commits ? .commit : .rollback)
        _ = try connection.run(second)
        #expect(!connection.isInTransaction)
        #expect(try count() == (commits ? 2 : 0))
    }

    @Test("A transaction that failed before its COMMIT is still open, and rolled back on demand")
    func failedTransaction() throws {
        let round = connection.newRound()
        round.add(.begin)
        round.add(insert()) { $0.int4s([1, 1]) }
        round.add(.commit)
        #expect(throws: PostgresError.self) { try connection.run(round) }
        #expect(connection.isInTransaction)
        try connection.rollBack()
        #expect(try count() == 0)
    }

    @Test("Two texts never have one name, so that no pooled session runs another schema's statement for us")
    func namesOfStatements() {
        let (one, other) = (Statement("settle", "SELECT 1 FROM a.hot"), Statement("settle", "SELECT 1 FROM b.hot"))
        #expect(one.name != other.name)
        #expect(one.name == Statement("settle", "SELECT 1 FROM a.hot").name)
        #expect(one.name.hasPrefix("settle_") && one.name.utf8.count <= 6 + 1 + 13)
    }

    @Test("A statement is prepared once, also when it failed the first time")
    func prepared() throws {
        for _ in 0..<3 { _ = try connection.run("SELECT 1") }
        let round = connection.newRound()
        round.add(insert()) { $0.int4s([1, 1]) }
        #expect(throws: PostgresError.self) { try connection.run(round) }
        let again = connection.newRound()
        again.add(insert()) { $0.int4s([1]) }
        _ = try connection.run(again)
        let names = try connection.run(
            "SELECT count(*) FROM pg_prepared_statements WHERE name = '\(insert().name)'")
        #expect(try names[0].int8(0) == 1)
    }

    @Test("A syntax error is a defect, said by its code")
    func syntax() throws {
        let error = #expect(throws: PostgresError.self) { try connection.run("SELEKT 1") }
        #expect(error?.sqlState == SQLState("42601"))
        #expect(error?.reason == .internal)
        #expect(try connection.run("SELECT 5")[0].int4(0) == 5)
    }

    @Test("Names that are not there say that the schema is not")
    func noTable() throws {
        let error = #expect(throws: PostgresError.self) { try connection.run("SELECT 1 FROM nowhere") }
        #expect(error?.of("claim").reason == .schema)
        #expect(error?.of("claim").description.contains("hakobi migrate") == true)
    }
}
