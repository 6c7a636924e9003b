internal import HakobiCore

extension Session {
    /// The fence: a mail that is in hand under exactly this lease. A lease past its time holds until it is rescued.
    func heldMail(under lease: Lease) -> Held? {
        guard let mail = held[lease.job], mail.lease == lease else { return nil }
        return mail
    }

    /// Each stands alone: one that cannot be written, on a full disk, keeps none of the others from being done. What was done
    /// beside it is answered when all are asked for again.
    func settle(_ settlements: [Settlement]) throws(FileTrouble) -> [Receipt] {
        var trouble: FileTrouble?
        for settlement in settlements where unheard[settlement.lease] == nil {
            do throws(FileTrouble) {
                unheard[settlement.lease] = try settle(settlement)
            } catch {
                trouble = trouble ?? error
            }
        }
        if let trouble { throw trouble }
        return settlements.map { unheard.removeValue(forKey: $0.lease) ?? .lost }
    }

    /// Ends one attempt. Its follow-ups come first: cut off between the two, the job runs again and nothing is lost.
    func settle(_ settlement: Settlement) throws(FileTrouble) -> Receipt {
        guard let mail = heldMail(under: settlement.lease) else { return .lost }
        let followUps = settlement.followUps.isEmpty ? [] : try insert(settlement.followUps)
        let now = now
        var state = mail.state
        if let checkpoint = settlement.checkpoint { state.checkpoint = checkpoint }
        if case .completed(let result) = settlement.outcome { state.result = result }
        state.write(settlement, at: now)
        var ending = ending(of: mail)
        ending.apply(settlement.outcome, at: now)
        state.take(ending, at: now)
        try letGo(mail, state, isCharged: settlement.outcome.isCharged)
        return .settled(followUps: followUps)
    }

    func ending(of mail: Held) -> Ending {
        mail.state.ending(
            arrival: mail.mail.arrived,
            isCancelRequested: isCancelRequested(mail.lease.job, in: mail.mail.box))
    }

    /// The mail goes where its new state says, and only then out of our hands.
    func letGo(_ mail: Held, _ state: MailState, isCharged: Bool) throws(FileTrouble) {
        let id = mail.lease.job
        held[id] = nil
        do throws(FileTrouble) { try conclude(mail.mail, state, isCharged: isCharged) } catch {
            // Still ours: whoever settles may try again.
            held[id] = mail
            index.hold(mail.mail)
            throw error
        }
        locks.release(mail.lease)
    }

    /// Writes what became of a mail and brings its file where it belongs, in an order in which it may stop anywhere: the
    /// state first, because a mail is where its state says as soon as somebody looks. The caller has the lock.
    func conclude(_ mail: KnownMail, _ state: MailState, isCharged: Bool) throws(FileTrouble) {
        let folder = boxes[mail.box].folder
        let id = mail.name.id
        switch state.state {
        case .completed: try complete(mail, state)
        case .dead, .cancelled: try bury(mail, state)
        default:
            try write(state, id, in: mail.box, isDurable: isCharged)
            let fresh = known(mail.name, file: mail.file, in: mail.box, state)
            note(fresh, state)
            // Others hear that it is back.
            if fresh.due <= now.microseconds { givenBack.append("\(folder.new)/\(mail.file)") }
        }
        if isCancelRequested(id, in: mail.box) { try Files.remove(folder.cancel(id)) }
    }

    private func complete(_ mail: KnownMail, _ state: MailState) throws(FileTrouble) {
        let folder = boxes[mail.box].folder
        let id = mail.name.id
        if options.keepsRecords { try write(state, id, in: mail.box, isDurable: false) }
        switch boxes[mail.box].settings.completed {
        case .removed: try Files.remove("\(folder.new)/\(mail.file)")
        case .kept:
            _ = try Files.move("\(folder.new)/\(mail.file)", to: "\(folder.cur)/\(mail.name.text):2,S")
            unflushed.insert(folder.cur)
        }
        unflushed.insert(folder.new)
        if !options.keepsRecords { try removeState(id, in: mail.box) }
        index.forget(id)
    }

    /// To `failed`, with a file beside it that says why; never there without one.
    private func bury(_ mail: KnownMail, _ state: MailState) throws(FileTrouble) {
        let folder = boxes[mail.box].folder
        try write(state, mail.name.id, in: mail.box, isDurable: true)
        let scratch = scratchPath(in: mail.box)
        try Files.replace(
            "\(folder.failed)/\(mail.file).error", with: state.report,
            scratch: scratch, isDurable: true)
        _ = try Files.move("\(folder.new)/\(mail.file)", to: "\(folder.failed)/\(mail.file)")
        unflushed.formUnion([folder.new, folder.failed])
        index.forget(mail.name.id)
    }
}

extension Outcome {
    /// It counts, so it must be on the disk; what merely goes back may be forgotten with the power.
    fileprivate var isCharged: Bool {
        switch self {
        case .interrupted, .returned, .completed: false
        default: true
        }
    }
}

extension MailState {
    /// Adds the line of history; a returned attempt never began and leaves none.
    fileprivate mutating func write(_ settlement: Settlement, at now: Timestamp) {
        if case .returned = settlement.outcome { return }
        history.append(
            AttemptRecord(
                attempt: attempt, outcome: settlement.outcome.name, error: settlement.outcome.text,
                cause: settlement.outcome.cause, report: settlement.report,
                startedAt: now - max(settlement.report.ran, .zero), endedAt: now))
    }

    /// Adds the line of a lease that was revoked.
    mutating func writeRescue(_ suspicion: Suspicion, from owner: Owner, at now: Timestamp) {
        history.append(
            AttemptRecord(
                attempt: attempt, outcome: "rescued",
                error: "the lease of \(owner) was revoked: \(suspicion.rawValue)", cause: nil, report: nil,
                startedAt: Timestamp(microseconds: claimed ?? now.microseconds), endedAt: now))
    }

    /// What a person finds beside a mail in `failed`.
    fileprivate var report: [UInt8] {
        let charged = "\(failures) failure\(failures == 1 ? "" : "s") and \(crashes) crash\(crashes == 1 ? "" : "es")"
        var text = "\(state.description) after \(charged)\n"
        for line in history {
            text += "\nattempt \(line.attempt): \(line.outcome)\n"
            if let error = line.error { text += error + "\n" }
        }
        return Array(text.utf8)
    }
}
