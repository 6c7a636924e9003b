import Hakobi
import HakobiPrograms

extension Finding {
    /// One object.
    var json: JSONValue {
        .object([("level", .string(level.rawValue)), ("subject", .string(subject)), ("finding", .string(sentence))])
    }

    /// One line of `doctor`.
    var line: String {
        let mark = level.rawValue + String(repeating: " ", count: 4 - level.rawValue.count)
        return "\(mark)  \(subject): \(sentence)"
    }
}

/// What `doctor` found out, before it is judged.
struct StoreFacts: Sendable {
    var schema: (found: Int, expected: Int)?
    var stats: StoreStats
    var paused: [QueueName]
    var workers: [RegisteredWorker]
    var owners: [Owner]
    /// The store's clock minus this machine's.
    var clockSkew: Duration
}

/// From facts to findings: pure, so each rule is an instant test.
enum Diagnosis {
    /// A ready job older than this while workers live is a sign of too few of them, or of a stuck one.
    static let oldJob = Duration.seconds(600)
    /// A clock that is kept by anything at all is nearer; a slow answer to the question alone is not called an offset.
    static let wrongClock = Duration.seconds(5)

    static func findings(_ facts: StoreFacts) -> [Finding] {
        [
            facts.schema.map(schema), workers(facts), leases(facts), kinds(facts), paused(facts), oldest(facts),
            dead(facts),
            clock(facts),
        ].compactMap(\.self)
    }

    private static func live(_ facts: StoreFacts) -> [WorkerReport] {
        facts.workers.filter { $0.silence < ProcessLine.goneAfter }.map(\.report)
    }

    static func schema(_ schema: (found: Int, expected: Int)) -> Finding {
        if schema.found == schema.expected { return .ok("schema", "version \(schema.found)") }
        let versions = "version \(schema.found), this program writes \(schema.expected)"
        if schema.found < schema.expected { return .fail("schema", "\(versions): run `hakobi migrate`") }
        return .warn("schema", "\(versions): it can go on, but upgrade it soon")
    }

    private static func workers(_ facts: StoreFacts) -> Finding {
        let live = live(facts)
        let waiting = facts.stats.lanes.reduce(0) { $0 + $1.ready }
        if live.isEmpty, waiting > 0 {
            let jobs = counted(waiting, "job is", "jobs are")
            return .fail("workers", "none is running and \(jobs) waiting: start one with `hakobi up`")
        }
        if live.isEmpty { return .ok("workers", "none is running, and nothing is waiting") }
        if let quiet = live.first(where: \.isQuiet) {
            return .warn(
                "workers",
                "process \(quiet.processes.first?.pid ?? 0) on \(quiet.owner.node) claims no more: CONT wakes it")
        }
        let slots = live.reduce(0) { $0 + $1.slots }
        return .ok("workers", "\(live.count) running, \(counted(slots, "job", "jobs")) at once")
    }

    /// Leases of owners who have not been heard of.
    private static func leases(_ facts: StoreFacts) -> Finding {
        let live = Set(live(facts).map(\.owner))
        let gone = facts.owners.filter { !live.contains($0) }
        guard !gone.isEmpty else { return .ok("leases", "every owner is alive") }
        let names = Set(gone.map(\.node)).sorted().joined(separator: ", ")
        return .warn(
            "leases",
            "\(counted(gone.count, "owner", "owners")) on \(names) \(gone.count == 1 ? "is" : "are") silent: a service started "
                + "there takes back what they held at once, "
                + "any other when the leases end")
    }

    private static func kinds(_ facts: StoreFacts) -> Finding? {
        let live = live(facts)
        guard !live.isEmpty else { return nil }
        let handled = Set(live.flatMap(\.kinds))
        let waiting = facts.stats.lanes.filter { $0.ready > 0 && !handled.contains($0.kind) }
        guard !waiting.isEmpty else { return .ok("kinds", "every waiting job has a handler") }
        let names = Set(waiting.map { "\"\($0.kind)\"" }).sorted().joined(separator: ", ")
        return .fail("kinds", "jobs of \(names) wait for a handler that nobody has: register one, or delete them")
    }

    private static func paused(_ facts: StoreFacts) -> Finding {
        let waiting = facts.stats.lanes.filter { facts.paused.contains($0.queue) && $0.ready > 0 }
        if !waiting.isEmpty {
            let names = Set(waiting.map(\.queue)).sorted().map(\.description).joined(separator: " ")
            let count = waiting.reduce(0) { $0 + $1.ready }
            return .warn(
                "paused queues",
                "\(counted(count, "job waits", "jobs wait")) in \(names): `hakobi resume \(names)` lets them go")
        }
        let names = facts.paused.map(\.description).joined(separator: " ")
        return .ok("paused queues", facts.paused.isEmpty ? "none" : "\(names), where nothing waits")
    }

    private static func oldest(_ facts: StoreFacts) -> Finding {
        let open = facts.stats.lanes.filter { !facts.paused.contains($0.queue) }
        guard let oldest = open.compactMap({ lane in lane.oldestReady.map { (lane, $0) } }).max(by: { $0.1 < $1.1 })
        else { return .ok("oldest job", "nothing is waiting") }
        let age = DurationText.short(oldest.1)
        let place = "one of kind \"\(oldest.0.kind)\" in queue \(oldest.0.queue) has waited for \(age)"
        guard oldest.1 > oldJob else { return .ok("oldest job", place) }
        return .warn("oldest job", "\(place): add worker processes, or look at what they do with `hakobi ps`")
    }

    private static func dead(_ facts: StoreFacts) -> Finding {
        let count = facts.stats.states[.dead] ?? 0
        if count == 0 { return .ok("dead jobs", "none") }
        return .warn("dead jobs", "\(count) kept for a person: `hakobi jobs --state dead`, then retry or delete them")
    }

    private static func clock(_ facts: StoreFacts) -> Finding {
        let skew = facts.clockSkew < .zero ? .zero - facts.clockSkew : facts.clockSkew
        if skew < wrongClock { return .ok("clock", "agrees with the store's") }
        return .fail(
            "clock",
            "this machine's is \(DurationText.short(skew)) off the store's, and so is every date that it gives to a job "
                + "(leases and delays go by the store's): let both keep the time, as with `timedatectl set-ntp true`")
    }
}
