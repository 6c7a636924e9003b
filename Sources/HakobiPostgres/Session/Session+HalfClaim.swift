internal import HakobiCore
internal import HakobiDatabase

/// Claims of several rounds that fail in a later one.
extension Session {
    /// Answers a claim, or says first what could not be said with the jobs of the one before.
    func claim(_ demand: Demand, _ reply: Reply<[ClaimedJob]>) throws(PostgresError) {
        guard let doubt = doubts.removeValue(forKey: demand.owner) else { return reply.succeed(try claim(demand)) }
        reply.fail(doubt.of("claim"))
    }

    /// What earlier rounds took is committed and ours: nobody else would run it before its leases are over. Whoever has left
    /// a checkpoint is not run without it.
    func keep(_ claiming: Claiming, despite error: PostgresError) throws(PostgresError) -> [ClaimedJob] {
        let jobs = claiming.jobs.filter { $0.checkpoint == nil }
        var doubt = error
        if jobs.count < claiming.jobs.count { doubt.effect = .unknown }
        guard !jobs.isEmpty else { throw doubt }
        if doubt.effect == .unknown { doubts[claiming.demand.owner] = doubt }
        return jobs
    }
}
