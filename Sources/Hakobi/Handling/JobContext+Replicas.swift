extension JobContext {
    /// The job's one resource of a list of equal sources, as the replicas of a database: one is picked, and those after it are
    /// tried in their order when it cannot be opened.
    ///
    /// Jobs begin at a place of the list that is drawn by lot, so that all replicas share the work. The same list, in the
    /// same order, is the same resource for the whole job, as with `resource(for:open:close:)`.
    /// - Throws: `NoReplica`, which names every source with its trouble; `CancellationError` once the job is to stop, and no
    ///   further source is tried; `ScopeIsOver`.
    public func resource<Source: Hashable & Sendable, Resource: Sendable>(
        ofOneIn replicas: [Source], open: (Source) async throws -> Resource,
        close: @escaping @Sendable (Resource) async throws -> Void
    ) async throws -> Resource {
        try await resource(for: replicas) {
            let first = replicas.indices.randomElement() ?? 0
            var failures: [NoReplica.Failure] = []
            for source in replicas[first...] + replicas[..<first] {
                do { return try await open(source) } catch {
                    try Task.checkCancellation()
                    failures.append(NoReplica.Failure(source: "\(source)", error: error))
                }
            }
            throw NoReplica(failures: failures)
        } close: {
            try await close($0)
        }
    }
}

/// None of several equal sources could be opened.
public struct NoReplica: Error, CustomStringConvertible {
    /// One source and what was wrong with it.
    public struct Failure: Sendable {
        /// The source's own description: what people are to read, so without a password.
        public let source: String
        /// What opening it threw.
        public let error: any Error
    }

    /// In the order in which they were tried.
    public let failures: [Failure]

    /// All of them on one line.
    public var description: String {
        guard !failures.isEmpty else { return "the list of replicas is empty" }
        return "none of \(failures.count) replicas could be opened: "
            + failures.map { "\($0.source): \($0.error)" }.joined(separator: "; ")
    }
}
