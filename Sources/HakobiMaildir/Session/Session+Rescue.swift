internal import HakobiCore

extension Session {
    /// Revokes what this store holds and should not, the longest overdue first, and what stores that have died were holding.
    func rescue(_ request: Rescue) throws(FileTrouble) -> [RescuedJob] {
        let own = own(request.scope).sorted { ($0.leaseEnd, $0.lease.row) < ($1.leaseEnd, $1.lease.row) }
        var rescued: [RescuedJob] = []
        for mail in own.prefix(max(0, request.limit)) {
            let (job, state) = revoke(mail.state, mail.lease, mail.mail, request)
            try letGo(mail, state, isCharged: true)
            rescued.append(job)
        }
        for (id, box) in try others(request.scope) where rescued.count < request.limit {
            if let job = try rescueLost(id, in: box, request) { rescued.append(job) }
        }
        return rescued
    }

    private func own(_ scope: Rescue.Scope) -> [Held] {
        let steady = clock.steady()
        return held.values.filter { mail in
            switch scope {
            case .expired: mail.leaseEnd <= steady
            case .owner(let owner, _): mail.lease.owner == owner
            case .unanswered(let owner, let known): mail.lease.owner == owner && !known.contains(mail.lease.job)
            @unknown default: false
            }
        }
    }

    /// Mails that a store has which is no more. What runs out is a matter of the lock: a holder that lives keeps it, however
    /// long it takes, and one that has died lost it that moment.
    private func others(_ scope: Rescue.Scope) throws(FileTrouble) -> [(JobID, Int)] {
        var found: [(JobID, Int)] = []
        switch scope {
        case .expired:
            try lookAfter(takesOver: false)
            for id in index.elsewhere {
                guard let mail = index[id], case .elsewhere(let takeable?) = mail.place, takeable <= .now else {
                    continue
                }
                found.append((id, mail.box))
            }
        case .owner(let owner, _):
            for (id, box, state) in try allStates() {
                guard held[id] == nil, state.state == .running, state.owner == owner else { continue }
                found.append((id, box))
            }
        default: break
        }
        return found
    }

    /// Gives back, or ends, a mail whose holder has died; `nil` when somebody else has seen to it, or still has it in hand.
    func rescueLost(_ id: JobID, in box: Int, _ request: Rescue) throws(FileTrouble) -> RescuedJob? {
        let folder = boxes[box].folder
        guard let seen = try state(id, in: box), seen.state == .running, isLost(seen, id, in: box) else { return nil }
        switch try MailLock.take("\(folder.new)/\(seen.mail)", afterOpen: options.afterOpen) {
        case .busy, .noMail: return nil
        case .gone:
            // Its holder had done with the file, and died before it had done with the books.
            index.forget(id)
            if !Files.exists("\(folder.new)/\(seen.mail)") { try Files.remove(folder.state(id)) }
            return nil
        case .taken(let lock):
            defer { lock.release() }
            guard let state = try state(id, in: box), state.state == .running, isLost(state, id, in: box),
                let owner = state.owner
            else { return nil }
            let mail = known(MailName(state.mail), file: state.mail, in: box, state)
            let lease = Lease(job: id, row: 0, attempt: state.attempt, owner: owner)
            let (job, ended) = revoke(state, lease, mail, request)
            try conclude(mail, ended, isCharged: true)
            return job
        }
    }

    private func revoke(
        _ state: MailState, _ lease: Lease, _ mail: KnownMail, _ request: Rescue
    ) -> (RescuedJob, MailState) {
        let now = now
        let suspicion = Suspicion(of: lease.job, isSuspect: state.isSuspect, scope: request.scope)
        var ending = state.ending(
            arrival: mail.arrived, isCancelRequested: isCancelRequested(lease.job, in: mail.box))
        switch suspicion {
        case .none: ending.giveBack(at: now)
        case .shared: ending.suspect(at: now)
        case .alone: ending.charge(budget: request.crashBudget, at: now)
        }
        var state = state
        if suspicion != .none { state.writeRescue(suspicion, from: lease.owner, at: now) }
        state.take(ending, at: now)
        return (RescuedJob(lease: lease, kind: mail.kind, verdict: suspicion.verdict(ending)), state)
    }

    /// Every state there is, of the chosen ids; without histories and what handlers left.
    func allStates(
        where isChosen: (JobID) -> Bool = { _ in true }
    ) throws(FileTrouble) -> [(JobID, Int, MailState)] {
        var states: [(JobID, Int, MailState)] = []
        var present: Set<JobID> = []
        for box in boxes.indices {
            let ids = try stateIDs(in: box)
            present.formUnion(ids)
            for id in ids where isChosen(id) {
                let state = cache.state(id, at: boxes[box].folder.state(id)) { peek(id, in: box) }
                if let state { states.append((id, box, state)) }
            }
        }
        cache.keep(present)
        return states
    }
}
