/// What a store could not do: which operation, why, whether trying again may help, and what is known of its effect.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// What failed.
    @nonexhaustive
    public enum Reason: String, Sendable, Hashable {
        /// The server or file cannot be reached now.
        case unreachable
        /// Others held the store for longer than the operation may wait.
        case busy
        /// No space left.
        case full
        /// The store may be read only.
        case readOnly
        /// Not a store, or damaged.
        case corrupt
        /// The schema's version does not fit this program.
        case schema
        /// The store's place is unfit for it (a network file system, for one).
        case unsuitable
        /// The calling task was cancelled.
        case cancelled
        /// A defect: ours or the driver's.
        case `internal`
    }

    /// What is known of the operation's effect.
    public enum Effect: Sendable, Hashable {
        /// Nothing of it was written.
        case notDone
        /// It may or may not have been written; every operation of a store is safe to repeat.
        case unknown
    }

    /// What failed.
    public let reason: Reason
    /// The operation, as in `insert` or `open`.
    public let operation: String
    /// One sentence: what was wrong, where, and what would be right.
    public let description: String
    /// Trying again may help.
    public let isTransient: Bool
    /// What is known of the effect.
    public let effect: Effect

    /// An error of one operation.
    public init(
        _ reason: Reason, operation: String, _ description: String, isTransient: Bool, effect: Effect = .notDone
    ) {
        self.reason = reason
        self.operation = operation
        self.description = description
        self.isTransient = isTransient
        self.effect = effect
    }
}
