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
        let (perJob, limit) = (settings.connectionsPerJob.value, settings.maxConnections.value)
        guard perJob > 0, limit > 0 else { return nil }
        let slots = max(1, settings.processes.value) * settings.concurrency.value
        guard slots * perJob > limit else { return nil }
        return "\(slots) jobs at once with \(perJob) connections each need \(slots * perJob) connections and "
            + "max-connections is \(limit): use at most \(limit / perJob) slots (processes times concurrency)"
    }
}

extension Settings {
    /// The engine's part of the settings.
    var workerSettings: WorkerSettings {
        var worker = WorkerSettings()
        worker.queues = queues.value
        worker.concurrency = concurrency.value
        worker.lease = lease.value
        worker.grace = grace.value
        worker.pollInterval = pollInterval.value
        worker.prefetchTime = prefetchTime.value
        worker.prefetchJobs = prefetchJobs.value
        worker.crashBudget = crashBudget.value
        worker.hardLimit = hardLimit.value
        worker.retention = Retention(
            completedAge: keepCompleted.value, completedRows: keepCompletedRows.value, deadAge: keepDead.value)
        worker.node = node.value
        worker.release = release.value
        worker.runtimeDirectory = runtimeDirectory.value
        worker.once = once.value
        return worker
    }
}
