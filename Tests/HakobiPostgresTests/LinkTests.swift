import HakobiCore
import Servers
import Synchronization
import Testing

@testable import HakobiPostgres

@Suite("A connection on its thread")
struct LinkTests {
    let bench: Bench

    init() throws { bench = try Bench(PostgresServer.shared()) }

    @Test("What gathers during one round trip goes together in the next")
    func gathers() async throws {
        let link = try bench.link()
        let sizes = try await within {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<200 { group.addTask { try await link.add(Int32(number)) } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
        }
        #expect(sizes.count == 200)
        #expect(sizes.max()! > 1)
        #expect(try bench.numbers() == "200|200")
        await link.close()
    }

    @Test("A defect is its own: the others of its round are done")
    func defect() async throws {
        let link = try bench.link()
        try bench.server.sql("ALTER TABLE \(bench.table) ADD CHECK (n <> 13)")
        let done = try await within {
            await withTaskGroup(of: Int32?.self) { group in
                for number in 0..<40 as Range<Int32> {
                    group.addTask {
                        do throws(StoreError) { _ = try await link.add(number) } catch {
                            #expect(
                                error.reason == .internal && error.effect == .notDone
                                    && error.description.hasPrefix("add: "))
                            return nil
                        }
                        return number
                    }
                }
                return await group.reduce(into: Set<Int32>()) { if let number = $1 { $0.insert(number) } }
            }
        }
        #expect(done == Set(0..<40).subtracting([13]))
        #expect(try bench.numbers() == "39|39")
        await link.close()
    }

    @Test("Others in the way: the round is done again at once", arguments: ["40P01", "40001"])
    func repeats(code: String) async throws {
        let link = try bench.link()
        try bench.server.sql(
            """
            CREATE SEQUENCE \(bench.table)_s;
            CREATE FUNCTION \(bench.table)_f() RETURNS int8 LANGUAGE plpgsql AS $$ BEGIN
              IF nextval('\(bench.table)_s') < 4 THEN RAISE EXCEPTION 'in the way' USING ERRCODE = '\(code)'; END IF;
              RETURN currval('\(bench.table)_s'); END $$
            """)
        #expect(try await within { try await link.ask("SELECT \(bench.table)_f()", isReadOnly: false) } == 4)
        await link.close()
    }

    @Test("A cancelled caller's work is taken back, or its answer still comes")
    func cancelled() async throws {
        let link = try bench.link()
        let error = try await within {
            await withTaskGroup(of: StoreError?.self) { group in
                group.cancelAll()
                group.addTask {
                    do throws(StoreError) { _ = try await link.add(1) } catch { return error }
                    return nil
                }
                return await group.next() ?? nil
            }
        }
        #expect(error == nil || error?.reason == .cancelled)
        await link.close()
    }

    @Test("After closing, nothing is taken; what was there is done; the session is gone")
    func closes() async throws {
        let link = try bench.link(name: "hakobi \(bench.table)")
        _ = try await link.add(1)
        await link.close()
        let error = await #expect(throws: StoreError.self) { try await link.add(2) }
        #expect(error?.description.contains("closed") == true)
        #expect(try bench.numbers() == "1|1")
        let count = {
            try bench.server.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '%\(bench.table)'")
        }
        // The server notices an ended session a moment after the client.
        for _ in 0..<200 where try count() != "0" { try await Task.sleep(for: .milliseconds(10)) }
        #expect(try count() == "0")
    }

    @Test("An idle connection is closed after its time, and opened again on demand")
    func idle() async throws {
        let link = try bench.link { $0.idleClose = .milliseconds(100) }
        #expect(link.health.current.isConnected)
        try await within { while link.health.current.isConnected { try await Task.sleep(for: .milliseconds(5)) } }
        _ = try await within { try await link.add(1) }
        #expect(link.health.current.connections == 2)
        #expect(bench.heard.allLines.withLock { $0 } == [])
        await link.close()
    }

    @Test("Opening says in one sentence what is wrong")
    func opening() async throws {
        let error = #expect(throws: StoreError.self) { try bench.link(bench.server.url(database: "nowhere")) }
        #expect(error?.description.hasPrefix("open: there is no database \"nowhere\"") == true)
    }
}
