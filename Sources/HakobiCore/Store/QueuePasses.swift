extension Demand.Queues {
    /// One queue's turn in a claim.
    package struct Pass: Sendable, Hashable {
        /// Only this queue; `nil`: all at once.
        package let queue: QueueName?
        /// At most so many; without it whatever is still wanted.
        package let limit: Int?

        /// How many to take now, when `missing` are wanted in all.
        package func most(of missing: Int) -> Int { min(limit ?? missing, missing) }
    }

    /// From which queues to take, in turn, until there is enough. Shares divide the slots; suspects, a handful at most, go
    /// by the queues' order alone.
    package func passes(suspects: Bool) -> [Pass] {
        switch self {
        case .all: return [Pass(queue: nil, limit: nil)]
        case .listed(let shares):
            let inOrder = shares.map { Pass(queue: $0.queue, limit: nil) }
            // A lone queue needs no first pass.
            guard !suspects, shares.count > 1 else { return inOrder }
            return shares.map { Pass(queue: $0.queue, limit: $0.slots) } + inOrder
        }
    }
}
