/// What a worker says, as JSON in a table; fields are added, never renamed.
package struct StoredReport: Codable {
    private var queues: [String]
    private var kinds: [String]
    private var slots: Int
    private var isQuiet: Bool
    private var processes: [ProcessReport]

    /// The part of a report that has no column of its own.
    package init(_ worker: WorkerReport) {
        queues = worker.queues.map(\.description)
        kinds = worker.kinds.map(\.description)
        slots = worker.slots
        isQuiet = worker.isQuiet
        processes = worker.processes
    }

    /// The whole report again. Throws when a name in it is none.
    package func report(of owner: Owner) throws(InvalidName) -> WorkerReport {
        var queues: [QueueName] = []
        for name in self.queues { queues.append(try QueueName(name)) }
        var kinds: [Kind] = []
        for name in self.kinds { kinds.append(try Kind(name)) }
        return WorkerReport(
            owner: owner, queues: queues, kinds: kinds, slots: slots, isQuiet: isQuiet, processes: processes)
    }
}
