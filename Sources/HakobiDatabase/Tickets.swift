package import HakobiCore

/// One caller's jobs.
package struct InsertTicket: Sendable {
    package let jobs: [NewJob]
    package let reply: Reply<[Insertion]>

    package init(jobs: [NewJob], reply: Reply<[Insertion]>) {
        self.jobs = jobs
        self.reply = reply
    }
}

/// One caller's settlements.
package struct SettleTicket: Sendable {
    package let settlements: [Settlement]
    package let reply: Reply<[Receipt]>

    package init(settlements: [Settlement], reply: Reply<[Receipt]>) {
        self.settlements = settlements
        self.reply = reply
    }
}

// What a store in a database does many of in one statement.

extension Settlement {
    /// Completed, and nothing more.
    package var isPlain: Bool {
        guard case .completed(nil) = outcome else { return false }
        return followUps.isEmpty && checkpoint == nil
    }
}

extension Renewal {
    /// It asks and writes nothing.
    package var isLook: Bool { extend == nil && progress == nil && checkpoint == nil }
}
