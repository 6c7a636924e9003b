import Foundation
import Glibc
import Hakobi
import HakobiCore
import HakobiTestKit
import Logging
import Testing

@testable import HakobiMaildir

/// A spill whose disk or folder does not do what it should, each time for a real reason.
@Suite("A spill in trouble", .timeLimit(.minutes(1)))
struct SpillTroubleTests {
    private static let away = StoreError(.unreachable, operation: "insert", "insert: away", isTransient: true)
    private static let ordinary: uid_t = 65534

    private func job(_ number: UInt64, _ payload: String = "{}") throws -> NewJob {
        NewJob(id: JobID(high: 1, low: number), kind: try Kind("mail"), payload: Payload(Array(payload.utf8)))
    }

    private func carrier(_ path: String, to store: any JobStore) throws -> SpillCarrier {
        try SpillCarrier(path: path, to: store, logger: Logger(label: "spill") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Runs `body` with a spill that belongs to whom the fixture becomes.
    private func withOrdinary(_ body: (TestMaildir) async throws -> Void) async throws {
        try await TestMaildir.with { maildir in
            if geteuid() == 0 {
                let root = String(maildir.path.prefix { $0 != "." }.dropLast("/box".count))
                #expect(chown(root, Self.ordinary, Self.ordinary) == 0)
            }
            try await body(maildir)
            chmod(maildir.path + "/new", 0o700)
        }
    }

    @Test("a job that was linked and could not be flushed may be there, and kept again it is there once")
    func unknown() async throws {
        try await withOrdinary { maildir in
            // May be written and not opened: the file gets its name, and the folder cannot be flushed.
            let lines = try await Program("keep", maildir.path, "300").lines()
            #expect(lines.count == 2 && lines.first == "kept")
            #expect(
                lines.last?.hasPrefix("unknown ") == true && lines.last?.contains("cannot open") == true, "\(lines)")
            chmod(maildir.path + "/new", 0o700)
            let spill = try MaildirSpill(path: maildir.path)
            for _ in 0..<2 { try await spill.keep([try job(2)], because: Self.away) }
            let store = MemoryStore()
            try await carrier(maildir.path, to: store).carryOnce()
            #expect(try await store.stats().states[.available] == 2)
            #expect(try maildir.files("new").isEmpty && maildir.files("failed").isEmpty)
        }
    }

    @Test("what a disk has no room for was never to be seen", .enabled(if: geteuid() == 0))
    func full() async throws {
        try await TestMaildir.with { maildir in
            #expect(mkdir(maildir.path, 0o700) == 0)
            try #require(mount("none", maildir.path, "tmpfs", 0, "size=64k") == 0)
            defer { umount2(maildir.path, Int32(MNT_DETACH)) }
            let spill = try MaildirSpill(path: maildir.path)
            let large = String(repeating: "x", count: 100_000)
            let error = await #expect(throws: StoreError.self) {
                try await spill.keep([try job(1), try job(2, large)], because: Self.away)
            }
            #expect(error?.reason == .full && error?.effect == .notDone, "\(String(describing: error))")
            #expect(try maildir.files("new").isEmpty && maildir.files("tmp").isEmpty)
            try await spill.keep([try job(1)], because: Self.away)
            #expect(try maildir.files("new").count == 1)
        }
    }

    @Test("files that may not be read, or are none, stay where they are, are told once, and hold up nobody")
    func unreadable() async throws {
        try await withOrdinary { maildir in
            #expect(try await Program("keep", maildir.path, "700").lines() == ["kept", "kept"])
            let first = try #require(try maildir.files("new").first)
            #expect(chmod("\(maildir.path)/new/\(first)", 0) == 0)
            #expect(mkdir("\(maildir.path)/new/folder", 0o700) == 0)
            let lines = try await Program("carry", maildir.path, "3").lines()
            #expect(lines.contains("in the store: 1"), "\(lines)")
            #expect(
                lines.contains { $0.hasPrefix("doctor: ") && $0.contains("may not be read by this user") }, "\(lines)")
            let told = lines.filter { $0.hasPrefix("error ") }.filter { $0.contains(first) || $0.contains("folder") }
            #expect(told.count == 1 && told.first?.contains("chown") == true, "\(lines)")
            #expect(try maildir.files("new").sorted() == [first, "folder"].sorted())
            #expect(try maildir.files("failed").isEmpty)
        }
    }

    @Test("from a folder that may not be written nothing is brought, and that is told once")
    func unwritable() async throws {
        try await withOrdinary { maildir in
            #expect(try await Program("keep", maildir.path, "700").lines() == ["kept", "kept"])
            chmod(maildir.path + "/new", 0o500)
            let lines = try await Program("carry", maildir.path, "3").lines()
            #expect(lines.count == 3 && lines.last == "in the store: 0", "\(lines)")
            #expect(lines.prefix(2).allSatisfy { $0.contains("may not be written by this user") })
        }
    }

    @Test("a file that may be read and not removed is brought once", .enabled(if: geteuid() == 0))
    func sticky() async throws {
        try await withOrdinary { maildir in
            let spill = try MaildirSpill(path: maildir.path)
            try await spill.keep([try job(1)], because: Self.away)
            for name in try maildir.files("new") {
                chown("\(maildir.path)/new/\(name)", 0, 0)
                chmod("\(maildir.path)/new/\(name)", 0o644)
            }
            chown(maildir.path + "/new", 0, 0)
            chmod(maildir.path + "/new", 0o1777)
            let lines = try await Program("carry", maildir.path, "3").lines()
            #expect(lines.count { $0 == "brought 1" } == 1 && lines.last == "in the store: 1", "\(lines)")
            #expect(lines.count { $0.contains("chown") } == 1, "\(lines)")
        }
    }

    @Test("a carrier that may open few files brings as many at a time as it can")
    func narrow() async throws {
        try await withOrdinary { maildir in
            #expect(try await Program("keep", maildir.path, "700").lines() == ["kept", "kept"])
            let spill = try MaildirSpill(path: maildir.path)
            try await spill.keep((3...60).map { try job($0) }, because: Self.away)
            let files = try maildir.files("new").map { "\(maildir.path)/new/\($0)" }
            if geteuid() == 0 { for file in files { chown(file, Self.ordinary, Self.ordinary) } }
            let lines = try await Program("narrow", maildir.path, "32").lines()
            #expect(lines.last == "in the store: 60", "\(lines)")
            #expect(lines.count { $0.hasPrefix("brought ") } > 1, "\(lines)")
        }
    }

    @Test("what root makes is the user's to whom the place belongs", .enabled(if: geteuid() == 0))
    func owners() async throws {
        try await withOrdinary { maildir in
            let spill = try MaildirSpill(path: maildir.path)
            try await spill.keep([try job(1)], because: Self.away)
            #expect(try await Program("carry", maildir.path, "1").lines().last == "in the store: 1")
        }
        try await withOrdinary { maildir in
            try MaildirDelivery(path: maildir.path).deliver(Array(TestMail.plain.utf8))
            try await maildir.withStore { _ in }
            let names = ["", "/tmp", "/new", "/cur", "/failed", "/hakobi", "/hakobi/state"]
            let mails = try maildir.files("new").map { "/new/\($0)" }
            for path in (names + mails).map({ maildir.path + $0 }) {
                var info = stat()
                #expect(lstat(path, &info) == 0 && info.st_uid == Self.ordinary, "\(path)")
            }
        }
    }
}
