import Glibc
import HakobiCore
import HakobiTestKit
import Testing

@testable import HakobiMaildir

/// A Maildir of a test's own, gone when the test is over.
struct TestMaildir {
    let path: String

    /// Runs `body` with a fresh Maildir.
    static func with<Value>(_ body: (TestMaildir) async throws -> Value) async throws -> Value {
        var template = Array("/tmp/hakobi-maildir-XXXXXX".utf8CString)
        _ = try #require(mkdtemp(&template))
        let root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { remove(root) }
        return try await body(TestMaildir(path: root + "/box"))
    }

    /// Runs `body` with an open store.
    func withStore<Value>(
        _ options: MaildirOptions = MaildirOptions(), _ body: (MaildirStore) async throws -> Value
    ) async throws -> Value {
        try await withStore(options, { _ in }, body)
    }

    /// The same with a Maildir that is set otherwise.
    func withStore<Value>(
        _ options: MaildirOptions, _ shape: (inout Mailbox) -> Void, _ body: (MaildirStore) async throws -> Value
    ) async throws -> Value {
        var mailbox = Mailbox(path: path)
        shape(&mailbox)
        let store = try MaildirStore([mailbox], options: options)
        do {
            let value = try await body(store)
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }

    var folder: MailboxFolder { MailboxFolder(path) }

    /// What is in one of its folders.
    func files(_ name: String) throws -> [String] { try Files.names(in: "\(path)/\(name)").sorted() }

    /// What a mail server does, by rename or by link.
    @discardableResult
    func drop(_ text: String = TestMail.plain, as name: String? = nil, byLink: Bool = false) throws -> String {
        let name = name ?? MailName.make(at: Timestamp(microseconds: 1_700_000_000_000_000), host: "test")
        let temporary = "\(path)/tmp/\(name)"
        try Files.create(temporary, Array(text.utf8), isDurable: false)
        if byLink {
            #expect(link(temporary, "\(path)/new/\(name)") == 0)
            #expect(unlink(temporary) == 0)
        } else {
            #expect(rename(temporary, "\(path)/new/\(name)") == 0)
        }
        return name
    }

    /// Makes the three folders of the standard.
    func make() throws { _ = try MaildirDelivery(path: path) }

    private static func remove(_ path: String) {
        for name in (try? Files.names(in: path)) ?? [] {
            let child = "\(path)/\(name)"
            if unlink(child) != 0 { remove(child) }
        }
        for hidden in [".hidden"] { unlink("\(path)/\(hidden)") }
        rmdir(path)
    }
}

enum TestMail {
    static let plain = "Return-Path: <a@example.org>\nDelivered-To: box@example.org\nSubject: hello\n\nbody\n"
}

extension Owner {
    static let test = Owner(node: "node", boot: "boot", incarnation: "one")
    static let other = Owner(node: "node", boot: "boot", incarnation: "two")
}

extension AttemptReport {
    static let test = AttemptReport(host: "node", pid: 1, generation: 0, release: "test", ran: .zero)
}

extension MaildirStore {
    func claim(
        _ slots: Int = 1, lonely: Int = 0, kinds: [String] = [Mail.kind], by owner: Owner = .test
    ) async throws -> [ClaimedJob] {
        try await claim(
            Demand(
                queues: .all, kinds: try kinds.map { try Kind($0) }, slots: slots, lonelySlots: lonely,
                lease: .seconds(60), owner: owner))
    }

    /// Settles one job that must still be held.
    func end(_ job: ClaimedJob, _ outcome: Outcome = .completed(result: nil)) async throws {
        let receipts = try await settle([Settlement(job.lease, outcome, report: .test)])
        #expect(receipts == [.settled(followUps: [])])
    }

    /// Claims, at hints and each few milliseconds, until there are so many jobs or ten seconds have passed.
    func claim(
        untilThereAre count: Int, lonely: Int = 0, by owner: Owner = .test, within limit: Duration = .seconds(10)
    ) async throws -> [ClaimedJob] {
        let end = ContinuousClock.now + limit
        var jobs: [ClaimedJob] = []
        while jobs.count < count, ContinuousClock.now < end {
            let more = try await claim(count - jobs.count, lonely: lonely, by: owner)
            jobs += more
            // Other processes cannot tell this one otherwise than through the files.
            if more.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        }
        return jobs
    }
}
