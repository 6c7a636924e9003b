import Hakobi
import Logging
import Synchronization

/// Waits for a store that may be away for as long as it likes.
///
/// All who wait do so together, longer with each try; that is said when it begins and once in a while, not by each.
final class StorePatience: Sendable {
    private let location: StoreLocation
    /// Who waits, as in "mails wait".
    private let waiting: String
    private let logger: Logger
    private let trouble = Mutex(Trouble())

    init(_ location: StoreLocation, _ waiting: String, logger: Logger) {
        self.location = location
        self.waiting = waiting
        self.logger = logger
    }

    /// Does it until it is done. Throws what no waiting helps against.
    func wait<Value>(for isWorthWaiting: (StoreError) -> Bool, _ work: () async throws -> Value) async throws -> Value {
        while true {
            do {
                let value = try await work()
                if trouble.withLock({ $0.over() }) { logger.notice("\(location) is back") }
                return value
            } catch let error as StoreError where error.reason != .cancelled && isWorthWaiting(error) {
                try await Task.sleep(for: pause(after: error))
            }
        }
    }

    private func pause(after error: StoreError) -> Duration {
        let now = EngineClock.system.now()
        let (pause, isNews) = trouble.withLock { ($0.next(), $0.isNews(at: now)) }
        if isNews { logger.warning("\(error.description); \(waiting) until \(location) is back") }
        return pause
    }
}
