import Hakobi

/// Rules that tie several settings together; pure, so each is an instant test.
enum SettingsRules {
    static func problems(of settings: Settings) -> [String] {
        var problems = settings.workerSettings.validate()
        if settings.maxSpare.value > 0, settings.minSpare.value > settings.maxSpare.value {
            problems.append(
                "min-spare is \(settings.minSpare.value) and max-spare is \(settings.maxSpare.value): the first must not be larger"
            )
        }
        if let sentence = connections(settings) { problems.append(sentence) }
        return problems
    }

    /// A fleet of preforked workers is the classic way to use up a database's `max_connections`.
    private static func connections(_ settings: Settings) -> String? {
        guard let share = settings.connectionShare(of: "") else { return nil }
        guard share.connections > share.limit else { return nil }
        return
            "\(share.need), and max-connections is \(share.limit): use at most \(share.slots(in: share.limit)) slots "
            + "(processes times concurrency)"
    }
}

extension Settings {
    /// What this service may open of a limited resource; `nil` when nobody has said.
    ///
    /// The store counts with its own even where the limit is another server's: two too many are no harm, and two that were
    /// forgotten are the ones that are missing at night.
    func connectionShare(of program: String) -> ConnectionShare? {
        guard connectionsPerJob.value > 0, maxConnections.value > 0 else { return nil }
        return ConnectionShare(
            pool: connectionPool.value, service: "\(program) \(release.value)",
            jobs: max(1, processes.value) * concurrency.value, perJob: connectionsPerJob.value,
            ofStore: store.value.connections, limit: maxConnections.value)
    }

    /// The engine's part of the settings.
    var workerSettings: WorkerSettings {
        var worker = WorkerSettings()
        worker.queues = queues.value
        worker.concurrency = concurrency.value
        worker.lease = lease.value
        worker.kindLeases = Dictionary(kindLeases.value.map { ($0.kind, $0.lease) }) { $1 }
        worker.grace = grace.value
        worker.pollInterval = pollInterval.value
        worker.prefetchTime = prefetchTime.value
        worker.prefetchJobs = prefetchJobs.value
        worker.crashBudget = crashBudget.value
        worker.hardLimit = hardLimit.value
        worker.retention = Retention(
            completedAge: keepCompleted.value, completedRows: keepCompletedRows.value, deadAge: keepDead.value)
        worker.backlogAlarm = backlogAlarm.value
        worker.node = node.value
        worker.release = release.value
        worker.runtimeDirectory = runtimeDirectory.value
        worker.once = once.value
        return worker
    }
}
