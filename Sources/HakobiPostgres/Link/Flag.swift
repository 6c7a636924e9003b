internal import Synchronization

/// Raised on one thread, taken down on another.
final class Flag: Sendable {
    private let isUp = Atomic(false)
    func raise() { isUp.store(true, ordering: .releasing) }
    /// Raises it; whether it was down.
    func raiseFirst() -> Bool { !isUp.exchange(true, ordering: .acquiringAndReleasing) }
    /// Whether it was up.
    func take() -> Bool { isUp.exchange(false, ordering: .acquiringAndReleasing) }
}
