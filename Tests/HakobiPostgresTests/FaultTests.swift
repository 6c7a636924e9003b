import HakobiCore
import Servers
import Synchronization
import Testing

@testable import HakobiDatabase
@testable import HakobiPostgres

@Suite("Connections that break")
struct FaultTests {
    @Test("A backend killed while idle costs nobody anything but a line in the log")
    func killedIdle() async throws {
        let bench = try Bench(PostgresServer.shared())
        let link = try bench.link()
        _ = try await link.add(1)
        try bench.server.sql("SELECT pg_terminate_backend(\(link.health.current.backendPID))")
        _ = try await within { try await link.add(2) }
        #expect(link.health.current.connections == 2)
        #expect(try bench.numbers() == "2|2")
        #expect(bench.heard.allLines.withLock { $0.first?.hasPrefix("warning: ") } == true)
        await link.close()
    }

    @Test("Killed in mid-round: what only reads is done again, what writes is not known", arguments: [true, false])
    func killedBusy(isReadOnly: Bool) async throws {
        let bench = try Bench(PostgresServer.shared())
        // On a busy machine the look at it may take longer than a caller's usual patience.
        let link = try bench.link { $0.patience = .seconds(60) }
        let pid = link.health.current.backendPID
        async let answer = Result { () async throws(StoreError) in
            // As long as it takes to be seen, but not when it is done again elsewhere.
            try await link.ask(
                "SELECT pg_backend_pid()::int8 FROM pg_sleep(CASE pg_backend_pid() WHEN \(pid) THEN 600 ELSE 0 END)",
                isReadOnly: isReadOnly)
        }
        try await bench.server.untilBusy(pid)
        try bench.server.sql("SELECT pg_terminate_backend(\(pid))")
        switch await answer {
        case .success(let other): #expect(isReadOnly && other != Int64(pid))
        case .failure(let error):
            #expect(!isReadOnly)
            #expect(error.reason == .unreachable && error.effect == .unknown && error.isTransient)
        }
        await link.close()
    }

    @Test("The server is killed and comes back under load: what was promised is there, and it goes on by itself")
    func serverKilled() async throws {
        let server = try PostgresServer()
        let bench = try Bench(server)
        let link = try bench.link()
        let promises = Promises()
        try await within(60) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<4 as Range<Int32> { group.addTask { await promises.keepAdding(to: link, caller) } }
                await promises.until(50)
                try server.kill()
                let before = promises.count
                try server.start()
                await promises.until(before + 50)
                group.cancelAll()
            }
        }
        await link.close()
        let found = Set(try server.sql("SELECT n FROM \(bench.table)").split(separator: "\n").compactMap { Int32($0) })
        #expect(promises.numbers.isSubset(of: found))
        #expect(link.health.current.connections >= 2)
    }

    @Test("While the server is away, operations wait for their patience and then say so; nothing was done")
    func away() async throws {
        let server = try PostgresServer()
        let bench = try Bench(server)
        let link = try bench.link { $0.patience = .milliseconds(300) }
        try server.stop()
        let error = try await within { await #expect(throws: StoreError.self) { try await link.add(1) } }
        #expect(error?.reason == .unreachable && error?.effect == .notDone && error?.isTransient == true)
        #expect(bench.heard.allLines.withLock { $0.count } == 1, "one line an interval")
        try server.start()
        try await within { while (try? await link.add(2)) == nil {} }
        await link.close()
    }

    @Test("A claim that was answered outlives the server: no attempt begins twice")
    func claimOutlivesServer() async throws {
        let server = try PostgresServer()
        try await withStore(url: server.url(), PostgresOptions(listens: false)) { store in
            let job = NewJob(id: JobID(high: 0x7000, low: 1 << 63), kind: try Kind("k"), payload: Payload([]))
            #expect(try await store.insert([job]) == [.inserted])
            let demand = Demand(
                queues: .all, kinds: [job.kind], slots: 1, lonelySlots: 0, lease: .seconds(60),
                owner: Owner(node: "n", boot: "b", incarnation: "i"))
            #expect(try await store.claim(demand).count == 1)
            try server.kill()
            try server.start()
            let found = try await within { try await store.job(job.id) }
            #expect(found?.state == .running && found?.attempt == 1)
        }
    }

    @Test("A server that does not answer keeps neither a cancelled caller nor the closing")
    func frozen() async throws {
        let server = try PostgresServer()
        let bench = try Bench(server)
        let link = try bench.link()
        _ = try await link.add(1)
        try server.freeze()
        let error = try await within {
            await withTaskGroup(of: StoreError?.self) { group in
                group.addTask {
                    do throws(StoreError) { _ = try await link.add(2) } catch { return error }
                    return nil
                }
                while bench.heard.begun.withLock({ $0 }) < 2 { await Task.yield() }
                group.cancelAll()
                return await group.next() ?? nil
            }
        }
        #expect(error?.effect == .unknown)
        async let late = Result { () async throws(StoreError) in try await link.add(3) }
        try await within { await link.close() }
        _ = await late
        try server.thaw()
    }

    @Test("A server that may only be read from now on is left for the one that can be written")
    func failOver() async throws {
        let (old, new) = (try PostgresServer(), try PostgresServer.shared())
        let bench = try Bench(old)
        try new.sql("CREATE TABLE \(bench.table)(n int)")
        let link = try bench.link("postgres://postgres@127.0.0.1:\(old.port),127.0.0.1:\(new.port)/postgres")
        _ = try await link.add(1)
        #expect(link.health.current.host == "127.0.0.1:\(old.port)")
        try old.sql("ALTER SYSTEM SET default_transaction_read_only = on; ")
        try old.sql("SELECT pg_reload_conf()")
        // The reload reaches a session when it next looks: its own next statements at the latest.
        try await within { while link.health.current.host != "127.0.0.1:\(new.port)" { _ = try await link.add(2) } }
        #expect(try new.sql("SELECT count(*) > 0 FROM \(bench.table)") == "t")
        await link.close()
    }

    @Test("The waits grow, with jitter, to their most")
    func backoff() {
        var (backoff, generator) = (Backoff(), SystemRandomNumberGenerator())
        let waits = (0..<12).map { _ in backoff.next(using: &generator) }
        #expect(waits[0] == .zero)
        #expect((Duration.milliseconds(25) ... .milliseconds(50)).contains(waits[1]))
        #expect((Duration.seconds(1) ... .seconds(2)).contains(waits[11]))
        backoff.reset()
        #expect(backoff.next(using: &generator) == .zero)
    }

    @Test("One line an interval, and one when it is over")
    func lines() {
        var notice = TroubleNotice()
        let start = ContinuousClock.now
        #expect(notice.trouble("gone", at: start) == "gone; connecting again")
        for second in 1..<30 { #expect(notice.trouble("gone", at: start + .seconds(second)) == nil) }
        #expect(notice.trouble("gone", at: start + .seconds(30)) == "gone; not connected for 30 s, 31 tries")
        #expect(notice.recovered(at: start + .seconds(31)) == "connected again after 31000 ms")
        #expect(notice.trouble("gone", at: start + .seconds(32)) == nil)
        #expect(notice.recovered(at: start + .seconds(33)) == nil, "nobody has read of it")
    }
}

/// Numbers whose keeping was acknowledged.
private final class Promises: Sendable {
    private let kept = Mutex<Set<Int32>>([])
    var numbers: Set<Int32> { kept.withLock { $0 } }
    var count: Int { kept.withLock { $0.count } }

    func until(_ wanted: Int) async { while count < wanted { await Task.yield() } }

    /// One number after another until the task is cancelled, whatever becomes of the server.
    func keepAdding(to link: Link<TestWork>, _ caller: Int32) async {
        var number = caller * 1_000_000
        while !Task.isCancelled {
            number += 1
            if case .success = await Result({ () async throws(StoreError) in try await link.add(number) }) {
                _ = kept.withLock { $0.insert(number) }
            }
        }
    }
}

extension PostgresServer {
    /// Until a backend runs a statement.
    fileprivate func untilBusy(_ pid: Int32) async throws {
        while try sql("SELECT state = 'active' FROM pg_stat_activity WHERE pid = \(pid)") != "t" { await Task.yield() }
    }
}

extension Result where Success: Sendable {
    init(_ body: () async throws(Failure) -> Success) async {
        do throws(Failure) { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
