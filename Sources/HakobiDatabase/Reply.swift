package import HakobiCore
internal import Synchronization

/// Somebody who waits for the answer to one operation.
package protocol Waiting: AnyObject, Sendable {
    /// Nothing said from now on reaches anybody.
    var isAnswered: Bool { get }
    /// Says that it was not done, or is not known to be.
    func fail(_ error: StoreError)
}

/// The way back to one caller: the first answer counts, later ones are dropped.
package final class Reply<Value: Sendable>: Waiting {
    package typealias Teller = @Sendable (Result<Value, StoreError>) -> Void

    private let teller: Mutex<Teller?>

    package init(_ teller: @escaping Teller) { self.teller = Mutex(teller) }

    package var isAnswered: Bool { teller.withLock { $0 == nil } }
    package func succeed(_ value: Value) { take()?(.success(value)) }
    package func fail(_ error: StoreError) { take()?(.failure(error)) }

    private func take() -> Teller? {
        teller.withLock { teller in
            defer { teller = nil }
            return teller
        }
    }
}

/// One operation on its way to a thread.
package struct Ticket<Work: Sendable>: Sendable {
    package let number: Int
    package let operation: String
    package let work: Work
    package let waiting: any Waiting
    /// When it was handed in: how long it may wait for a server counts from here.
    package let since: ContinuousClock.Instant
}
