internal import HakobiCore
internal import Synchronization

/// Somebody who waits for the answer to one operation.
protocol Waiting: AnyObject, Sendable {
    /// Nothing said from now on reaches anybody.
    var isAnswered: Bool { get }
    /// Says that it was not done, or is not known to be.
    func fail(_ error: StoreError)
}

/// The way back to one caller: the first answer counts, later ones are dropped.
final class Reply<Value: Sendable>: Waiting {
    typealias Teller = @Sendable (Result<Value, StoreError>) -> Void

    private let teller: Mutex<Teller?>

    init(_ teller: @escaping Teller) { self.teller = Mutex(teller) }

    var isAnswered: Bool { teller.withLock { $0 == nil } }
    func succeed(_ value: Value) { take()?(.success(value)) }
    func fail(_ error: StoreError) { take()?(.failure(error)) }

    private func take() -> Teller? {
        teller.withLock { teller in
            defer { teller = nil }
            return teller
        }
    }
}

/// One operation on its way to a thread.
struct Ticket<Work: Sendable>: Sendable {
    let number: Int
    let operation: String
    let work: Work
    let waiting: any Waiting
    /// When it was handed in: how long it may wait for a server counts from here.
    let since: ContinuousClock.Instant

    func fail(_ error: PostgresError) { waiting.fail(error.of(operation)) }
}
