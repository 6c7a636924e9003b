internal import HakobiCore
internal import Logging

extension Session {
    /// Ordinary jobs for the slots, then suspects for the lonely slots.
    func claim(_ demand: Demand) throws(FileTrouble) -> [ClaimedJob] {
        try hear()
        var taking = Taking(demand: demand, kinds: Set(demand.kinds), paused: try pauses.queues(in: boxes[0].folder))
        // Suspects first: they are few, and must not wait for a hand that is never free.
        choose(min(demand.lonelySlots, maxInHand - held.count), suspects: true, &taking)
        let suspects = taking.jobs
        taking.jobs = []
        choose(min(demand.slots, maxInHand - held.count), suspects: false, &taking)
        taking.jobs += suspects
        // One mail that cannot be read keeps nobody else's from being handled; a disk that is full keeps all.
        if taking.jobs.isEmpty, let trouble = taking.trouble, trouble.isOfAll { throw trouble }
        return taking.jobs
    }

    /// One claim under way.
    private struct Taking {
        let demand: Demand
        let kinds: Set<Kind>
        let paused: Set<QueueName>
        var jobs: [ClaimedJob] = []
        var trouble: FileTrouble?
    }

    private func choose(_ room: Int, suspects: Bool, _ taking: inout Taking) {
        var left = room
        for pass in taking.demand.queues.passes(suspects: suspects) {
            left -= take(pass.most(of: left), queue: pass.queue, suspects: suspects, &taking)
        }
    }

    private func take(_ count: Int, queue: QueueName?, suspects: Bool, _ taking: inout Taking) -> Int {
        let before = taking.jobs.count
        let (kinds, paused) = (taking.kinds, taking.paused)
        while taking.jobs.count - before < count {
            let mails = index.take(count - (taking.jobs.count - before), dueBy: now) { lane in
                lane.isSuspect == suspects && (queue == nil || lane.queue == queue) && kinds.contains(lane.kind)
                    && !paused.contains(lane.queue)
            }
            guard !mails.isEmpty else { break }
            for mail in mails { start(mail, &taking) }
        }
        return taking.jobs.count - before
    }

    private func start(_ mail: KnownMail, _ taking: inout Taking) {
        do throws(FileTrouble) {
            if let job = try start(mail, for: taking.demand) { taking.jobs.append(job) }
        } catch {
            index.away(mail)
            complain(of: mail.name.id, error)
            taking.trouble = error
        }
    }

    private func start(_ mail: KnownMail, for demand: Demand) throws(FileTrouble) -> ClaimedJob? {
        let path = "\(boxes[mail.box].folder.new)/\(mail.file)"
        switch try MailLock.take(path, afterOpen: options.afterOpen) {
        case .busy: index.away(mail)
        case .gone: index.forget(mail.name.id)
        case .noMail:
            options.logger.warning("\(path) is not a regular file; it is left where it is")
            index.ignore(mail)
        case .taken(let lock):
            do throws(FileTrouble) {
                if let job = try begin(mail, lock, for: demand) { return job }
            } catch {
                lock.release()
                throw error
            }
            lock.release()
        }
        return nil
    }

    /// The lock is ours. What the file says goes before what was known.
    private func begin(_ mail: KnownMail, _ lock: MailLock, for demand: Demand) throws(FileTrouble) -> ClaimedJob? {
        let id = mail.name.id
        let kept = try state(id, in: mail.box)
        let fresh = known(mail.name, file: mail.file, in: mail.box, kept)
        switch kept?.state ?? .available {
        case .running:
            index.away(fresh)
            return nil
        case .completed, .cancelled, .dead:
            // It had ended when its holder died before the file was where it belongs.
            if let kept { try conclude(fresh, kept, isCharged: true) }
            return nil
        case .available, .held: break
        @unknown default: return nil
        }
        guard fresh.isClaimed(like: mail), fresh.due <= now.microseconds else {
            index.wait(fresh)
            return nil
        }
        var state = kept ?? MailState(mail: mail.file)
        guard try isSmallEnough(fresh, lock, &state) else { return nil }
        return try hold(fresh, lock, &state, for: demand)
    }

    /// The attempt is written down before anybody hears of it: so a death is seen by whoever has the lock next.
    private func hold(
        _ mail: KnownMail, _ lock: MailLock, _ state: inout MailState, for demand: Demand
    ) throws(FileTrouble) -> ClaimedJob {
        let id = mail.name.id
        let now = now
        let payload = try payload(
            of: mail, state, lock.descriptor, bytes: lock.bytes, folder: boxes[mail.box].folder.new)
        state.attempt += 1
        state.state = .running
        (state.owner, state.holder, state.claimed) = (demand.owner, boxes[mail.box].holder.name, now.microseconds)
        try write(state, id, in: mail.box, isDurable: false)
        let lease = Lease(job: id, row: nextRow(), attempt: state.attempt, owner: demand.owner)
        held[id] = Held(lease: lease, mail: mail, state: state, leaseEnd: clock.steady() + demand.lease)
        locks.add(lease, lock)
        index.hold(mail)
        return ClaimedJob(
            lease: lease, kind: mail.kind, queue: mail.queue, payload: payload, priority: mail.priority,
            failures: state.failures, crashes: state.crashes, maxFailures: maxFailures(mail, state),
            limits: state.order?.limits ?? TimeLimits(), metadata: state.order?.metadata ?? [:],
            checkpoint: state.checkpoint, isSuspect: state.isSuspect,
            createdAt: Timestamp(microseconds: mail.arrived), dueAt: Timestamp(microseconds: mail.due), claimedAt: now)
    }

    func maxFailures(_ mail: KnownMail, _ state: MailState?) -> Int {
        state?.order?.maxFailures ?? boxes[mail.box].settings.maxFailures
    }

    private func isSmallEnough(
        _ mail: KnownMail, _ lock: MailLock, _ state: inout MailState
    ) throws(FileTrouble) -> Bool {
        let settings = boxes[mail.box].settings
        let limit = settings.maxMailBytes
        guard state.order?.codec == nil, lock.bytes > limit else { return true }
        let now = now
        let sentence = "the mail has \(lock.bytes) bytes; at most \(limit) are accepted: \(settings.sizeAdvice)"
        state.failures += 1
        (state.state, state.finished) = (.dead, now.microseconds)
        state.history.append(
            AttemptRecord(
                attempt: state.attempt, outcome: "failed", error: sentence, cause: nil, report: nil, startedAt: now,
                endedAt: now))
        options.logger.warning("\(mail.file): \(sentence)")
        try conclude(mail, state, isCharged: true)
        return false
    }
}
