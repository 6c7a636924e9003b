internal import Synchronization

/// Raised on one thread, taken down on another.
final class Flag: Sendable {
    private let isUp = Atomic(false)
    func raise() { isUp.store(true, ordering: .releasing) }
    /// Whether it was up.
    func take() -> Bool { isUp.exchange(false, ordering: .acquiringAndReleasing) }
}
