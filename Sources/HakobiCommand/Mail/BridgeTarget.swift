import Hakobi
import Logging

/// The database at a bridge's other end, which may be away for as long as it likes: all mails in hand wait together.
final class BridgeTarget: Sendable {
    private let location: StoreLocation
    private let logger: Logger
    private let patience: StorePatience

    init(_ location: StoreLocation, logger: Logger) {
        self.location = location
        self.logger = logger
        patience = StorePatience(location, "mails wait", logger: logger)
    }

    /// Opens it, however long that takes. Throws what no waiting helps against.
    func open() async throws -> StoreRoles {
        try await patience.wait(for: \.isTransient) { [location, logger] in
            let use = StoreUse(
                node: Incarnation.hostName(), crashBudget: Defaults.crashBudget, idleClose: nil, logger: logger)
            return try await StoreOpener.open(location, .create, use: use)
        }
    }

    /// What became of a job, once the database has it for good. Whatever is wrong with the database, somebody may put it
    /// right: the mail waits.
    func insert(_ job: NewJob, by client: JobClient) async throws -> Insertion {
        try await patience.wait(for: { _ in true }) { try await client.insert([job])[0] }
    }
}
