import Glibc
import Hakobi
import HakobiCore
import HakobiMaildir
import Logging

/// What users meet whom permissions bind: root, as tests often run, is made another first.
enum OrdinaryUser {
    static let id: uid_t = 65534

    private static func become() {
        guard geteuid() == 0 else { return }
        guard setgroups(0, nil) == 0, setgid(id) == 0, setuid(id) == 0 else { exit(71) }
    }

    /// Keeps a job, and another one once the folder of the waiting has that mode: a line for each.
    static func keep(in path: String, mode: mode_t) async throws {
        become()
        let spill = try MaildirSpill(path: path)
        let away = StoreError(.unreachable, operation: "insert", "insert: away", isTransient: true)
        for number: UInt64 in 1...2 {
            if number == 2, chmod(path + "/new", mode) != 0 { exit(71) }
            let job = NewJob(
                id: JobID(high: 1, low: number), kind: try Kind("mail"), payload: Payload(Array("{}".utf8)))
            do throws(StoreError) {
                try await spill.keep([job], because: away)
                Fixture.say("kept\n", to: 1)
            } catch {
                Fixture.say("\(error.effect) \(error)\n", to: 1)
            }
        }
    }

    /// Carries to a store of its own: what the carrier says, what it was brought, and what of that was new.
    static func carry(from path: String, passes: Int) async throws {
        become()
        Fixture.say("doctor: \(try MaildirSpill.obstacle(at: path) ?? "nothing")\n", to: 1)
        let memory = MemoryStore()
        let store = CountedStore(base: memory)
        let carrier = try SpillCarrier(path: path, to: store, logger: Logger(label: "spill") { _ in Says() })
        for _ in 0..<passes { await carrier.carryOnce() }
        let count = try await memory.stats().states[.available] ?? 0
        Fixture.say("in the store: \(count)\n", to: 1)
    }

    /// The same once this process may open so few files.
    static func carry(from path: String, files: Int) async throws {
        var limit = rlimit(rlim_cur: rlim_t(files), rlim_max: rlim_t(files))
        guard setrlimit(__rlimit_resource_t(7), &limit) == 0 else { exit(71) }
        try await carry(from: path, passes: 1)
    }

    private struct Says: LogHandler {
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let values = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            Fixture.say("\(event.level) \(event.message) \(values.joined(separator: " "))\n", to: 1)
        }
    }
}

/// Says each insert.
private struct CountedStore: JobStore {
    let base: MemoryStore

    func insert(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion] {
        Fixture.say("brought \(jobs.count)\n", to: 1)
        return try await base.insert(jobs)
    }
    func claim(_ demand: Demand) async throws(StoreError) -> [ClaimedJob] { try await base.claim(demand) }
    func renew(_ renewals: [Renewal]) async throws(StoreError) -> [RenewalReceipt] { try await base.renew(renewals) }
    func settle(_ settlements: [Settlement]) async throws(StoreError) -> [Receipt] {
        try await base.settle(settlements)
    }
    func rescue(_ request: Rescue) async throws(StoreError) -> [RescuedJob] { try await base.rescue(request) }
}
