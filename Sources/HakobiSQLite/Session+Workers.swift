internal import FoundationEssentials
internal import HakobiCore

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
        do {
            return String(decoding: try JSONEncoder().encode(StoredReport(worker)), as: UTF8.self)
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
        do throws(InvalidName) { return try stored.report(of: owner) } catch {
            throw damaged("the report of worker \(owner) does not read: \(error)")
        }
    }
}
