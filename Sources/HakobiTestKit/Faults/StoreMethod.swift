/// One of the five methods of a store, by name.
public enum StoreMethod: String, Sendable, Hashable, CaseIterable {
    /// `JobStore.insert(_:)`.
    case insert
    /// `JobStore.claim(_:)`.
    case claim
    /// `JobStore.renew(_:)`.
    case renew
    /// `JobStore.settle(_:)`.
    case settle
    /// `JobStore.rescue(_:)`.
    case rescue
}

/// Before the work was handed to the store, or after the store has done it and before the caller knows.
public enum StoreBoundary: String, Sendable, Hashable, CaseIterable {
    /// Nothing has been written.
    case before
    /// All has been written, and the answer is on its way.
    case after
}
