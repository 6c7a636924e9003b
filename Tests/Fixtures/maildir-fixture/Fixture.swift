import Glibc
import HakobiCore
import HakobiMaildir

/// A worker as small as can be, to be killed: `hold PATH COUNT` claims and then waits for its end, `drain PATH LOG` handles
/// mails until none is left, a line a mail. `keep PATH MODE`, `carry PATH PASSES` and `narrow PATH FILES` are a spill's, by an ordinary user.
@main
enum Fixture {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4 else { exit(64) }
        switch arguments[1] {
        case "keep": return try await OrdinaryUser.keep(in: arguments[2], mode: mode_t(arguments[3], radix: 8) ?? 0)
        case "carry": return try await OrdinaryUser.carry(from: arguments[2], passes: Int(arguments[3]) ?? 1)
        case "narrow": return try await OrdinaryUser.carry(from: arguments[2], files: Int(arguments[3]) ?? 0)
        default: break
        }
        let store = try MaildirStore(path: arguments[2], options: MaildirOptions(takeoverGrace: .zero))
        let owner = Owner(node: "fixture", boot: "boot", incarnation: "\(getpid())")
        switch arguments[1] {
        case "hold": try await hold(store, owner, Int(arguments[3]) ?? 1)
        case "drain": try await drain(store, owner, log: arguments[3])
        default: exit(64)
        }
    }

    static func demand(_ owner: Owner, _ slots: Int) throws -> Demand {
        Demand(
            queues: .all, kinds: [try Kind(Mail.kind)], slots: slots, lonelySlots: 1, lease: .seconds(60), owner: owner)
    }

    static func hold(_ store: MaildirStore, _ owner: Owner, _ count: Int) async throws {
        var held = 0
        for await _ in Self.often(store) {
            held += try await store.claim(demand(owner, count - held)).count
            if held >= count { break }
        }
        say("held\n", to: 1)
        while true { pause() }
    }

    static func drain(_ store: MaildirStore, _ owner: Owner, log: String) async throws {
        let file = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        let report = AttemptReport(host: "fixture", pid: getpid(), generation: 0, release: "1", ran: .zero)
        say("up\n", to: 1)
        for await _ in Self.often(store) {
            while true {
                let jobs = try await store.claim(demand(owner, 10))
                guard !jobs.isEmpty else { break }
                for job in jobs { say("\(job.lease.job) \(job.lease.attempt) \(getpid())\n", to: file) }
                _ = try await store.settle(jobs.map { Settlement($0.lease, .completed(result: nil), report: report) })
            }
            let stats = try await store.stats()
            if stats.states[.available] == 0, stats.states[.running] == 0 { break }
        }
        await store.close()
    }

    /// At hints, and each tenth of a second.
    static func often(_ store: MaildirStore) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let task = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in store.hints() { continuation.yield() } }
                group.addTask {
                    repeat { continuation.yield() } while (try? await Task.sleep(for: .milliseconds(100))) != nil
                }
            }
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    static func say(_ line: String, to file: Int32) { _ = write(file, line, line.utf8.count) }
}
