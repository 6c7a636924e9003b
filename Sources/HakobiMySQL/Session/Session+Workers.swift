internal import FoundationEssentials
internal import HakobiCore

extension Session {
    /// Replaces what a worker said before.
    func report(_ worker: WorkerReport) throws(MySQLError) {
        let steady = steady
        let report = try encode(worker)
        try run(sql.read.putWorker) {
            $0.text(worker.owner.description)
            $0.bytes(report)
            $0.int(steady)
        }
    }

    /// Forgets a worker.
    func retire(_ owner: Owner) throws(MySQLError) { try run(sql.read.removeWorker) { $0.text(owner.description) } }

    /// All workers by name.
    func workers() throws(MySQLError) -> [RegisteredWorker] {
        let steady = steady
        var workers: [RegisteredWorker] = []
        for row in try run(sql.read.workers, commits: false, { $0.int(steady) }) {
            let report = try decode(row.bytes(1), owner: row.text(0))
            workers.append(RegisteredWorker(report: report, silence: .microseconds(try row.int(2))))
        }
        return workers
    }

    private func encode(_ worker: WorkerReport) throws(MySQLError) -> [UInt8] {
        do { return Array(try JSONEncoder().encode(StoredReport(worker))) } catch {
            throw .defect("a worker's report does not encode: \(error)")
        }
    }

    private func decode(_ bytes: [UInt8], owner: String) throws(MySQLError) -> WorkerReport {
        let stored: StoredReport
        do { stored = try JSONDecoder().decode(StoredReport.self, from: Data(bytes)) } catch {
            throw .damaged("the report of worker \(owner) does not read: \(error)")
        }
        guard let owner = Owner(owner) else { throw .damaged("the worker's name \(owner) does not read as an owner") }
        do throws(InvalidName) { return try stored.report(of: owner) } catch {
            throw .damaged("the report of worker \(owner) does not read: \(error)")
        }
    }
}
