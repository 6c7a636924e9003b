internal import FoundationEssentials
internal import HakobiCore

/// What a worker says, as JSON in the table; fields are added, never renamed.
private struct StoredReport: Codable {
    var queues: [String]
    var kinds: [String]
    var slots: Int
    var isQuiet: Bool
    var processes: [ProcessReport]
}

extension Session {
    /// Replaces what a worker said before.
    func report(_ worker: WorkerReport) throws(StoreError) {
        let statement = try connection.prepare(.putWorker)
        statement.bind(1, worker.owner.description)
        statement.bind(2, try encode(worker))
        statement.bind(3, boot)
        statement.bind(4, steady)
        try statement.run()
    }

    /// Forgets a worker.
    func retire(_ owner: Owner) throws(StoreError) {
        let statement = try connection.prepare(.removeWorker)
        statement.bind(1, owner.description)
        try statement.run()
    }

    /// All workers by name. One that last spoke under another boot has been silent for at least this whole one.
    func workers() throws(StoreError) -> [RegisteredWorker] {
        try connection.prepare(.allWorkers).all { row throws(StoreError) in
            let silence = row.text(2) == self.boot ? self.steady - row.int(3) : self.steady
            return RegisteredWorker(
                report: try self.decode(row.text(1), owner: row.text(0)), silence: .microseconds(silence))
        }
    }

    private func encode(_ worker: WorkerReport) throws(StoreError) -> String {
        let stored = StoredReport(
            queues: worker.queues.map(\.description), kinds: worker.kinds.map(\.description), slots: worker.slots,
            isQuiet: worker.isQuiet, processes: worker.processes)
        do {
            return String(decoding: try JSONEncoder().encode(stored), as: UTF8.self)
        } catch {
            throw StoreError(
                .internal, operation: "report", "report: a worker's report does not encode: \(error)",
                isTransient: false)
        }
    }

    private func decode(_ text: String, owner: String) throws(StoreError) -> WorkerReport {
        let stored: StoredReport
        do {
            stored = try JSONDecoder().decode(StoredReport.self, from: Data(text.utf8))
        } catch { throw damaged("the report of worker \(owner) does not read: \(error)") }
        guard let owner = Owner(owner) else { throw damaged("the worker's name \(owner) does not read as an owner") }
        var queues: [QueueName] = []
        for name in stored.queues { queues.append(try queueName(name)) }
        var kinds: [Kind] = []
        for name in stored.kinds { kinds.append(try kind(name)) }
        return WorkerReport(
            owner: owner, queues: queues, kinds: kinds, slots: stored.slots, isQuiet: stored.isQuiet,
            processes: stored.processes)
    }
}
