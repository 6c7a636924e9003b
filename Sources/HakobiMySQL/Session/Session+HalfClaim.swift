internal import HakobiCore

/// Claims of several rounds that fail in a later one.
extension Session {
    /// Takes jobs, or says first what could not be said with the jobs of the claim before.
    func claim(_ demand: Demand) throws(MySQLError) -> Result<[ClaimedJob], StoreError> {
        if let doubt = doubts.removeValue(forKey: demand.owner) { return .failure(doubt.of("claim")) }
        return .success(try take(demand))
    }

    /// What is leased is answered whatever became of the rest: nobody else knows that it is.
    func keep(
        _ jobs: [ClaimedJob], of owner: Owner, despite error: MySQLError
    ) throws(MySQLError) -> [ClaimedJob] {
        guard !jobs.isEmpty else { throw error }
        if error.effect == .unknown { doubts[owner] = error }
        try connection.abandonTransaction()
        return jobs
    }
}
