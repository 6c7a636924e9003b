import Hakobi
import Logging
import Synchronization

/// The database at a bridge's other end, which may be away for as long as it likes.
///
/// All mails in hand wait together, longer with each try; that is said when it begins and once in a while, not by each.
final class BridgeTarget: Sendable {
    private let location: StoreLocation
    private let logger: Logger
    private let trouble = Mutex(Trouble())

    init(_ location: StoreLocation, logger: Logger) {
        self.location = location
        self.logger = logger
    }

    /// Opens it, however long that takes. Throws what no waiting helps against.
    func open() async throws -> StoreRoles {
        try await patiently(waitFor: \.isTransient) { [location, logger] in
            let use = StoreUse(
                node: Incarnation.hostName(), crashBudget: Defaults.crashBudget, idleClose: nil, logger: logger)
            return try await StoreOpener.open(location, .create, use: use)
        }
    }

    /// What became of a job, once the database has it for good. Whatever is wrong with the database, somebody may put it
    /// right: the mail waits.
    func insert(_ job: NewJob, by client: JobClient) async throws -> Insertion {
        try await patiently(waitFor: { _ in true }) { try await client.insert([job])[0] }
    }

    private func patiently<Value>(
        waitFor isWorthWaiting: (StoreError) -> Bool, _ work: () async throws -> Value
    ) async throws -> Value {
        while true {
            do {
                let value = try await work()
                isBack()
                return value
            } catch let error as StoreError where error.reason != .cancelled && isWorthWaiting(error) {
                try await Task.sleep(for: pause(after: error))
            }
        }
    }

    private func pause(after error: StoreError) -> Duration {
        let now = EngineClock.system.now()
        let (pause, isNews) = trouble.withLock { ($0.next(), $0.isNews(at: now)) }
        if isNews { logger.warning("\(error.description); mails wait until \(location) is back") }
        return pause
    }

    private func isBack() {
        if trouble.withLock({ $0.over() }) { logger.notice("\(location) is back") }
    }
}
