internal import HakobiCore

/// Model tests: a random history is lived by two stores at once, and every answer and all that is left is compared.
public enum StoreModel {
    /// Where two stores parted.
    public struct Divergence: Error, CustomStringConvertible {
        /// The seed that leads there again.
        public let seed: UInt64
        /// The number of the operation, from 1; beyond the last one it was the final comparison.
        public let operation: Int
        /// The operation, and both answers.
        public let what: String
        /// All of it in one line.
        public var description: String { "seed \(seed), operation \(operation): \(what)" }
    }

    /// Lives one history, decided by `seed` alone, on both stores; throws a `Divergence`, or what a store threw.
    ///
    /// Both fixtures must be fresh, and their clocks must show the same moment and stand still but for the suite's own
    /// moves: times are compared to the microsecond.
    public static func run(
        seed: UInt64, operations: Int = 200, oracle: StoreFixture, subject: StoreFixture
    ) async throws {
        var history = ModelHistory(seed: seed, oracle: oracle, subject: subject)
        for _ in 0..<operations {
            // A memory store never suspends; without this, histories would keep every other test from its turn.
            await Task.yield()
            try await history.live()
        }
        try await history.compareAll()
    }
}

/// The two stores, and what a history knows of them.
struct ModelHistory {
    let seed: UInt64
    let oracle: StoreFixture
    let subject: StoreFixture
    var make: ModelMaker
    var operation = 0
    /// Leases ever given, each as the oracle and as the subject named it: rows may differ.
    var leases: [(oracle: Lease, subject: Lease)] = []

    init(seed: UInt64, oracle: StoreFixture, subject: StoreFixture) {
        self.seed = seed
        self.oracle = oracle
        self.subject = subject
        make = ModelMaker(seed: seed)
    }

    /// Makes the same call on both and compares what `seen` keeps of the answers.
    @discardableResult
    func both<Answer, Seen: Equatable>(
        _ what: @autoclosure () -> String, _ call: (StoreFixture) async throws -> Answer, seen: (Answer) -> Seen
    ) async throws -> (oracle: Answer, subject: Answer) {
        let answers = (oracle: try await call(oracle), subject: try await call(subject))
        try compare(what(), seen(answers.oracle), seen(answers.subject))
        return answers
    }

    /// Makes the same call on both and compares the answers.
    func both<Answer: Equatable>(
        _ what: @autoclosure () -> String, _ call: (StoreFixture) async throws -> Answer
    ) async throws {
        try await both(what(), call, seen: { $0 })
    }

    func compare<Seen: Equatable>(_ what: @autoclosure () -> String, _ wanted: Seen, _ seen: Seen) throws {
        guard wanted != seen else { return }
        throw StoreModel.Divergence(
            seed: seed, operation: operation, what: "\(what())\n  oracle:  \(wanted)\n  subject: \(seen)")
    }

    /// All jobs ever made, and all that can be read at once.
    func compareAll() async throws {
        for id in make.ids {
            try await both("the job \(id)") { try await $0.reader.job(id)?.comparable }
        }
        try await both("the list") { try await $0.reader.jobs(matching: JobFilter(), limit: 5000, before: nil) }
        try await both("the stats") { try await $0.reader.stats() }
        try await both("the owners") { try await Set($0.registry.owners()) }
        try await both("the paused queues") { try await $0.queues.pausedQueues().sorted() }
    }
}

extension JobRecord {
    /// Without the words of a rescue, which every store may choose.
    var comparable: JobRecord {
        var record = self
        for index in record.history.indices where record.history[index].outcome == "rescued" {
            record.history[index].error = record.history[index].error.map { $0.isEmpty ? "" : "why" }
        }
        return record
    }
}

extension Lease {
    /// Without the row, which is the store's own.
    var comparable: Lease { Lease(job: job, row: 0, attempt: attempt, owner: owner) }
}
