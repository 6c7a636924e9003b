import Foundation
import HakobiCore
import Synchronization
import Testing

@testable import HakobiMaildir

@Suite("Who dies gives its mails back", .serialized)
struct DeathTests {
    @Test(
        "kill -9 of a holder gives its mails back at once, as suspects; twice is a poison mail", .timeLimit(.minutes(1))
    )
    func holder() async throws {
        try await TestMaildir.with { maildir in
            try maildir.make()
            let name = try maildir.drop()
            let holder = try Program("hold", maildir.path, "1")
            let options = MaildirOptions(takeoverGrace: .zero, lookInterval: .seconds(3600))
            try await holder.line()
            try await maildir.withStore(options) { store in
                try await #expect(store.claim(5, lonely: 5).isEmpty)
                let start = ContinuousClock.now
                holder.kill()
                let job = try #require(try await store.claim(untilThereAre: 1, lonely: 1).first)
                // The kernel tells; there is no other look in this test.
                #expect(ContinuousClock.now - start < .seconds(1))
                #expect(job.lease.job == MailName(name).id)
                #expect(job.lease.attempt == 2 && job.isSuspect && job.crashes == 0)
                let record = try #require(try await store.job(job.lease.job))
                #expect(record.history.map(\.outcome) == ["rescued"])
                try await store.end(job, .returned)
            }
            // It is a suspect now, so its next death is its own.
            let second = try Program("hold", maildir.path, "1")
            try await second.line()
            second.kill()
            try await maildir.withStore(options) { store in
                try await until { try await store.job(MailName(name).id)?.state == .dead }
                #expect(try maildir.files("failed") == [name, "\(name).error"])
            }
        }
    }

    @Test("a mail whose store is dead and whose lock is not is left alone until it is, and not asked for all the time")
    func orphan() async throws {
        try await TestMaildir.with { maildir in
            try maildir.make()
            let name = try maildir.drop()
            let holder = try Program("hold", maildir.path, "1")
            try await holder.line()
            holder.kill()
            // As a worker process that outlives its parent.
            let lock = open("\(maildir.path)/new/\(name)", O_RDONLY | O_CLOEXEC)
            #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
            let asked = Mutex(0)
            var options = MaildirOptions(takeoverGrace: .zero, lookInterval: .seconds(3600))
            options.afterOpen = { _ in asked.withLock { $0 += 1 } }
            try await maildir.withStore(options) { store in
                let end = ContinuousClock.now + .milliseconds(1200)
                try await until { ContinuousClock.now > end }
                try await #expect(store.claim(5, lonely: 5).isEmpty)
                #expect((1...3).contains(asked.withLock { $0 }))
                close(lock)
                let job = try #require(try await store.claim(untilThereAre: 1, lonely: 1).first)
                #expect(job.isSuspect && job.lease.attempt == 2)
            }
        }
    }

    @Test(
        "who knows what the dead was running comes first: the others go back without a trace", .timeLimit(.minutes(1)))
    func knowledge() async throws {
        try await TestMaildir.with { maildir in
            try maildir.make()
            let names = try (0..<3).map { _ in try maildir.drop() }
            let holder = try Program("hold", maildir.path, "3")
            try await holder.line()
            holder.kill()
            try await maildir.withStore { store in
                let owner = try #require(try await store.owners().first)
                let started = MailName(names[1]).id
                let rescued = try await store.rescue(Rescue(.owner(owner, running: [started])))
                #expect(rescued.count == 3)
                for job in rescued { #expect(job.verdict == (job.lease.job == started ? .crashed : .returned)) }
                let jobs = try await store.claim(5)
                #expect(jobs.count == 3 && jobs.allSatisfy { !$0.isSuspect })
                #expect(jobs.filter { $0.crashes == 1 }.map(\.lease.job) == [started])
                try await #expect(store.owners() == [.test])
            }
        }
    }

    @Test(
        "several processes, killed at random: every mail is handled, and once when nobody died over it",
        .timeLimit(.minutes(3)))
    func storm() async throws {
        let mails = ProcessInfo.processInfo.environment["HAKOBI_SOAK"] == nil ? 3000 : 20_000
        try await TestMaildir.with { maildir in
            try maildir.make()
            for _ in 0..<mails / 2 { try maildir.drop() }
            let log = maildir.path + "-log"
            var programs = try (0..<8).map { _ in try Program("drain", maildir.path, log) }
            for program in programs { try await program.line() }
            var killed = 0
            for number in 0..<mails / 2 {
                try maildir.drop()
                guard number % (mails / 8) == 0 else { continue }
                let victim = programs.remove(at: .random(in: programs.indices))
                if victim.isRunning { killed += 1 }
                victim.kill()
                programs.append(try Program("drain", maildir.path, log))
            }
            // Each leaves when it finds nothing: on a fast machine all of them may have, before the last mail came.
            programs.append(try Program("drain", maildir.path, log))
            for program in programs { await program.end() }
            let lines = String(decoding: try #require(try Files.read(log)), as: UTF8.self).split(separator: "\n")
            let attempts = Dictionary(grouping: lines.map { $0.split(separator: " ") }, by: { $0[0] })
            #expect(attempts.count == mails)
            // Who was killed had ten in hand at most; each of those may have been handled once more.
            #expect(lines.count - mails <= killed * 10)
            for (_, lines) in attempts { #expect(Set(lines.map { $0[1] }).count == lines.count) }
            #expect(try maildir.files("new").isEmpty && maildir.files("failed").isEmpty)
        }
    }
}

/// The fixture in a process of its own.
final class Program {
    private let process = Process()
    private let output = Pipe()

    init(_ arguments: String...) throws {
        process.executableURL = URL(filePath: Self.folder + "/maildir-fixture")
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
    }

    deinit { if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) } }

    private static let folder: String = {
        let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let candidates = [
            Bundle.main.bundlePath, (CommandLine.arguments[0] as NSString).deletingLastPathComponent,
            (path as NSString).deletingLastPathComponent,
        ]
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0 + "/maildir-fixture") }
            ?? ".build/debug"
    }()

    var isRunning: Bool { process.isRunning }

    /// All that it says until its end.
    func lines() async throws -> [String] {
        let handle = output.fileHandleForReading
        let bytes: Data = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: handle.readDataToEndOfFile()) }
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Its next line of output.
    func line() async throws {
        let handle = output.fileHandleForReading
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                _ = handle.availableData
                continuation.resume()
            }
        }
    }

    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func end() async {
        let process = process
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                process.waitUntilExit()
                continuation.resume()
            }
        }
    }
}
