import Glibc
import HakobiCore
import Testing

extension CrashTests {
    /// Many mails, many processes, and one that kills.
    @Suite("Mails under fire")
    struct MaildirStormTests {
        @Test("each mail is handled once, but for those in hand of a killed process")
        func storm() async throws {
            try await MailSite.with { mail in
                let count = Site.isSoak ? 20_000 : 3_000
                let service = try mail.site.up(processes: 8)
                try mail.deliver("ok", count: 8)
                try await mail.site.finished(8)
                let before = ProcessTable.descriptors(of: service.pid).count
                async let delivery = Task.detached { try mail.deliver("sleep 10", count: count) }.value
                let killed = try await killAtRandom(mail, service, until: count + 8)
                _ = try await delivery
                try await mail.site.drained(within: .seconds(120))
                try expectNothingOpen(mail, service, before: before)
                try await mail.site.stop(service)
                let laws = try await Laws.hold(at: mail.site)
                judge(laws, killed: killed)
            }
        }

        /// Kills worker processes, a handful a second, until so many mails have been handled.
        private func killAtRandom(_ mail: MailSite, _ service: Running, until count: Int) async throws -> Set<pid_t> {
            var killed: Set<pid_t> = []
            try await until(
                "\(count) mails are handled", within: .seconds(300), every: .milliseconds(Site.isSoak ? 300 : 50)
            ) {
                let done = Set(mail.site.marks.finished.map(\.job)).count
                if done < count, let victim = mail.site.workers(of: service).randomElement() {
                    kill(victim, SIGKILL)
                    killed.insert(victim)
                }
                // One that was in hand of two killed ones has gone to failed.
                return try await done + (done > count - 50 ? mail.site.count(.dead) : 0) >= count
            }
            return killed
        }

        private func expectNothingOpen(_ mail: MailSite, _ service: Running, before: Int) throws {
            let after = ProcessTable.descriptors(of: service.pid)
            #expect(after.count <= before + 8, "\(after)")
            for pid in [service.pid] + mail.site.workers(of: service) {
                let open = mail.mailsOpen(in: pid)
                #expect(open.isEmpty, "\(pid) has \(open)")
            }
        }

        private func judge(_ laws: Laws, killed: Set<pid_t>) {
            let starts = Dictionary(grouping: laws.marks.started, by: \.job)
            let again = starts.filter { $0.value.count > 1 }
            for (job, starts) in again {
                let early = starts.sorted { $0.attempt < $1.attempt }.dropLast()
                #expect(early.allSatisfy { killed.contains($0.pid) }, "\(job) was handled again: \(starts)")
            }
            let dead = laws.records.values.filter { $0.state == .dead }
            #expect(dead.allSatisfy { $0.crashes == 2 })
            figure(
                "\(laws.records.count) mails, 8 worker processes, \(killed.count) killed",
                "\(again.count) handled again, \(dead.count) in hand of two killed ones")
        }
    }
}
