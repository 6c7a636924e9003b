import Glibc
import HakobiCore
import Testing

extension CrashTests {
    /// Mails in the hands of processes that die, stop, or leave.
    @Suite("Mails and the death of processes")
    struct MaildirTests {
        @Test("a mail in hand of a killed worker process is handled again at once and charged once")
        func child() async throws {
            try await MailSite.with { mail in
                let service = try mail.site.up(processes: 2)
                var waits: [Double] = []
                let rounds = Site.isSoak ? 50 : 10
                for round in 0..<rounds {
                    let id = try mail.deliver("block-once 60000")[0]
                    try await mail.site.started(2 * round + 1)
                    let mark = try #require(mail.starts(of: id).first)
                    #expect(mail.mailsOpen(in: mark.pid).count >= 1, "the process holds the lock of what it handles")
                    let killedAt = monotonicNanoseconds()
                    kill(mark.pid, SIGKILL)
                    try await mail.site.finished(round + 1)
                    waits.append(milliseconds(try #require(mail.starts(of: id).last).at - killedAt))
                }
                waits.sort()
                figure(
                    "kill -9 of a worker process to its mail's next start",
                    "median \(waits[rounds / 2]) ms, largest \(waits[rounds - 1]) ms of \(rounds)")
                #expect(waits[rounds / 2] < 100)
                try await mail.site.drained()
                try await mail.site.stop(service)
                let laws = try await Laws.hold(at: mail.site)
                #expect(laws.records.values.allSatisfy { $0.crashes == 1 && $0.attempt == 2 })
            }
        }

        @Test(
            "a mail stays with a worker process whose parent is killed, until that lets go", arguments: [true, false])
        func parent(isRestart: Bool) async throws {
            try await MailSite.with { mail in
                let first = try mail.site.up(processes: 2)
                let ids = try mail.deliver("block-once 2500", count: 2)
                try await mail.site.started(2)
                first.signal(SIGKILL)
                _ = isRestart ? try mail.site.up(processes: 2) : try mail.upElsewhere()
                try await mail.site.finished(4)
                for id in ids {
                    let (starts, ends) = (mail.starts(of: id), mail.ends(of: id))
                    #expect(starts.count == 2 && ends.count == 2)
                    #expect(starts[1].at >= ends[0].at, "two were at it at once")
                    figure(
                        "a worker process without its parent lets go of a mail, to its next start",
                        "\(milliseconds(starts[1].at - ends[0].at)) ms")
                }
                try await mail.site.drained()
                let laws = try await Laws.hold(at: mail.site)
                laws.expectUncharged(ids)
            }
        }

        @Test("a stopped process without its parent keeps its mail; when it is killed, the mail is taken")
        func stopped() async throws {
            try await MailSite.with { mail in
                let first = try mail.site.up(processes: 1)
                let id = try mail.deliver("block-once 600")[0]
                try await mail.site.started(1)
                let child = try #require(mail.starts(of: id).first).pid
                first.signal(SIGKILL)
                try await first.end()
                // Only now: the kernel continues the stopped children of one that dies.
                kill(child, SIGSTOP)
                defer { kill(child, SIGKILL) }
                _ = try mail.upElsewhere()
                // Twice the time after which the mails of the dead are taken.
                try await Task.sleep(for: .seconds(2.5))
                #expect(mail.starts(of: id).count == 1)
                let killedAt = monotonicNanoseconds()
                kill(child, SIGKILL)
                try await mail.site.finished(1)
                let again = try #require(mail.starts(of: id).last)
                figure(
                    "the last holder of a mail is gone, to its next start", "\(milliseconds(again.at - killedAt)) ms")
                #expect(again.attempt == 2)
                try await mail.site.drained()
                try await Laws.hold(at: mail.site)
            }
        }

        @Test("an outcome that dies with the parent in the pipe is followed by a second run, never beside the first")
        func outcomeInThePipe() async throws {
            try await MailSite.with { mail in
                let first = try mail.site.up(processes: 1)
                let id = try mail.deliver("block-once 500")[0]
                try await mail.site.started(1)
                first.signal(SIGSTOP)
                try await mail.site.finished(1)
                let second = try mail.upElsewhere()
                // The parent lives, and only it knows how the mail has ended.
                try await Task.sleep(for: .seconds(2.5))
                #expect(mail.starts(of: id).count == 1)
                first.signal(SIGKILL)
                try await mail.site.finished(2)
                #expect(try #require(mail.starts(of: id).last).at >= #require(mail.ends(of: id).first).at)
                try await mail.site.drained()
                try await mail.site.stop(second)
                try await Laws.hold(at: mail.site)
            }
        }

        @Test("a service that drains gives its mails to the next, and each is handled once")
        func drain() async throws {
            try await MailSite.with { mail in
                let first = try mail.site.up(processes: 2, concurrency: 2)
                let ids = try mail.deliver("sleep 50", count: 200)
                try await mail.site.started(20)
                let second = try mail.upElsewhere()
                try await mail.site.stop(first)
                try await mail.site.drained()
                try await mail.site.stop(second)
                let laws = try await Laws.hold(at: mail.site)
                laws.expectEachStartedOnce()
                laws.expectUncharged(ids)
            }
        }

        @Test("processes of 5 mails each leave nothing behind")
        func recycling() async throws {
            try await MailSite.with { mail in
                let service = try mail.site.up(processes: 2, ["--max-jobs", "5"])
                try mail.deliver("ok", count: 20)
                try await mail.site.drained()
                let before = ProcessTable.descriptors(of: service.pid).count
                let count = Site.isSoak ? 5000 : 500
                try mail.deliver("ok", count: count)
                try await mail.site.finished(20 + count, within: .seconds(120))
                try await mail.site.drained()
                let after = ProcessTable.descriptors(of: service.pid)
                #expect(after.count <= before + 4, "\(after)")
                #expect(mail.mailsOpen(in: service.pid).isEmpty)
                try await mail.site.stop(service)
                let laws = try await Laws.hold(at: mail.site)
                laws.expectEachStartedOnce()
                let most = Dictionary(grouping: laws.marks.finished, by: \.pid).values.map(\.count).max()
                #expect(most == 5)
            }
        }

        @Test("a large mail is read piece by piece, and every byte is as it was sent")
        func large() async throws {
            try await MailSite.with { mail in
                let service = try mail.site.up(processes: 1)
                try mail.deliver("ok")
                try await mail.site.finished(1)
                let worker = try #require(mail.site.workers(of: service).first)
                let before = ProcessTable.resident(worker)
                let line = Array(
                    "caf\u{e9} \u{1b}$B$3$s\u{1b}(B\r\n".unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
                var body = line
                while body.count < 16 << 20 { body += body }
                let id = try mail.deliver("read", body: body)[0]
                try await mail.site.finished(2, within: .seconds(60))
                let sum = body.reduce(UInt64(0)) { $0 &* 31 &+ UInt64($1) }
                #expect(mail.site.marks.other.contains("body \(id) \(body.count) \(sum)"))
                #expect(ProcessTable.resident(worker) < before + 8 << 20)
            }
        }
    }
}
