import HakobiCore
import Servers
import Testing

@testable import HakobiPostgres

@Suite("Values on their way to the server and back")
struct ValueTests {
    let connection: Connection

    init() throws { connection = try connect(PostgresServer.shared().url()) }

    private let id = JobID(high: 0x0199_0000_0000_7001, low: 0x8000_0000_0000_00FF)

    @Test("Scalars, and NULL in their place")
    func scalars() throws {
        let row = try connection.run("SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9") {
            $0.int8(.min)
            $0.int4(-7)
            $0.int2(.max)
            $0.bool(true)
            $0.uuid(id)
            $0.text("žluťoučký \u{1F40E}")
            $0.bytea([0, 1, 255])
            $0.int8(nil)
            $0.text(nil)
        }[0]
        #expect(try row.int8(0) == .min)
        #expect(try row.int4(1) == -7)
        #expect(try row.int2(2) == .max)
        #expect(try row.bool(3))
        #expect(try row.uuid(4) == id)
        #expect(try row.text(5) == "žluťoučký \u{1F40E}")
        #expect(try row.bytea(6) == [0, 1, 255])
        #expect(try row.int8OrNil(7) == nil)
        #expect(row.textOrNil(8) == nil)
    }

    @Test("The server reads what we write as what it is")
    func meaning() throws {
        let row = try connection.run("SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text") {
            $0.int8s([1, nil, -3] as [Int64?]) { $0 }
            $0.uuids([id])
            $0.texts(["a", nil, "b,\"c"] as [String?]) { $0 }
            $0.byteas([[1, 2], []])
            $0.bools([true, nil, false] as [Bool?]) { $0 }
            $0.int2s([-1] as [Int16]) { $0 }
            $0.int4s([])
        }[0]
        #expect(try row.text(0) == "{1,NULL,-3}")
        #expect(try row.text(1) == "{\(id)}")
        #expect(try row.text(2) == #"{a,NULL,"b,\"c"}"#)
        #expect(try row.text(3) == #"{"\\x0102","\\x"}"#)
        #expect(try row.text(4) == "{t,NULL,f}")
        #expect(try row.text(5) == "{-1}")
        #expect(try row.text(6) == "{}")
    }

    @Test("Arrays come back", arguments: [0, 1, 2, 1000])
    func arrays(count: Int) throws {
        let numbers = (0..<count).map { Int64($0) * 1_000_003 }
        let ids = numbers.map { JobID(high: UInt64($0), low: ~UInt64($0)) }
        let bytes = numbers.map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: Int($0 % 300)) }
        let row = try connection.run("SELECT $1, $2, $3, $4, $5") {
            $0.int8s(numbers)
            $0.uuids(ids)
            $0.byteas(bytes)
            $0.texts(numbers) { $0 % 3 == 0 ? nil : "\($0)" }
            $0.int4s(numbers) { Int32($0 % 100) }
        }[0]
        #expect(try row.int8s(0) == numbers)
        #expect(try row.uuids(1) == ids)
        #expect(try row.byteas(2) == bytes)
        #expect(try row.texts(3) == numbers.map { $0 % 3 == 0 ? nil : "\($0)" })
        #expect(try row.int4s(4) == numbers.map { Int32($0 % 100) })
    }

    @Test("A column that is not what was expected is an error, not a number")
    func wrongWidth() throws {
        let row = try connection.run("SELECT 1::int4, NULL::int8, ARRAY[[1],[2]], ARRAY[1,NULL]")[0]
        #expect(throws: PostgresError.self) { try row.int8(0) }
        #expect(throws: PostgresError.self) { try row.int8(1) }
        #expect(throws: PostgresError.self) { try row.int4s(2) }
        #expect(throws: PostgresError.self) { try row.int4s(3) }
    }

    @Test("Much goes there and back in one round without anybody waiting for the other")
    func large() throws {
        let block = [UInt8](repeating: 7, count: 3_000_000)
        let round = connection.newRound()
        let steps = (0..<8).map { _ in round.add(Statement("big", "SELECT $1")) { $0.bytea(block) } }
        let answers = try connection.run(round)
        for step in steps { #expect(try answers[step][0].bytes(0)?.count == block.count) }
    }
}
