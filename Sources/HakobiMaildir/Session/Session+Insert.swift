internal import HakobiCore

extension Session {
    /// Delivers each job, alone; the same id again is existing.
    func insert(_ jobs: [NewJob]) throws(FileTrouble) -> [Insertion] {
        var call = InsertCall()
        defer { for lock in call.locks.values { lock.end() } }
        var answers: [Insertion] = []
        for job in jobs { answers.append(try take(job, &call)) }
        try deliver(call.mails)
        return answers
    }

    /// One call under way.
    private struct InsertCall {
        var locks: [Int: InsertLock] = [:]
        var ids: Set<JobID> = []
        var mails: [InsertedMail] = []
    }

    /// A job whose state is written.
    private struct InsertedMail {
        let box: Int
        let name: String
        let bytes: [UInt8]
    }

    private func take(_ job: NewJob, _ call: inout InsertCall) throws(FileTrouble) -> Insertion {
        if let refusal = refusal(of: job) { return .refused(refusal) }
        let box = box(for: job)
        if call.locks[box] == nil { call.locks[box] = try InsertLock(boxes[box].folder) }
        if call.ids.contains(job.id) { return .existing(job.id) }
        if try isThere(job.id) {
            // Who put it there may have died before it had flushed the folder, or not be done with that yet.
            unflushed.formUnion(boxes.map(\.folder.new))
            return .existing(job.id)
        }
        call.mails.append(try prepare(job, in: box))
        call.ids.insert(job.id)
        return .inserted
    }

    private func refusal(of job: NewJob) -> Refusal? {
        if let refusal = job.refusal(maxPayloadBytes: options.maxPayloadBytes) { return refusal }
        guard job.hasKey else { return nil }
        return .unsupported(
            "a Maildir keeps no idempotency keys and no unique keys: enqueue to a database, or make the handler repeatable"
        )
    }

    /// The Maildir of its queue, or else of its kind, or else the first.
    private func box(for job: NewJob) -> Int {
        boxes.firstIndex { $0.settings.queue == job.queue && $0.settings.kind == job.kind }
            ?? boxes.firstIndex { $0.settings.queue == job.queue }
            ?? boxes.firstIndex { $0.settings.kind == job.kind } ?? 0
    }

    private func prepare(_ job: NewJob, in box: Int) throws(FileTrouble) -> InsertedMail {
        let now = now
        let file = MailName.make(at: now, host: host, job: job.id)
        var state = MailState(mail: file)
        state.due = job.due.moment(from: now).microseconds
        // Raw bytes of the Maildir's own kind are a mail, as if a mail server had delivered it.
        let isMail = job.kind == boxes[box].settings.kind && job.payload.codec == .raw
        state.order = MailState.Order(
            kind: job.kind, queue: job.queue, priority: job.priority, maxFailures: job.maxFailures, limits: job.limits,
            metadata: job.metadata, created: now.microseconds, codec: isMail ? nil : job.payload.codec,
            version: job.payload.version)
        try write(state, job.id, in: box, isDurable: true)
        return InsertedMail(box: box, name: file, bytes: job.payload.bytes)
    }

    /// What goes with the jobs is there before the jobs are.
    private func deliver(_ mails: [InsertedMail]) throws(FileTrouble) {
        for box in Set(mails.map(\.box)) { try Files.flush(directory: boxes[box].folder.states) }
        for mail in mails {
            let folder = boxes[mail.box].folder
            try MaildirDelivery(folder, host: host).put(mail.name) { descriptor, path throws(FileTrouble) in
                try Files.write(mail.bytes, to: descriptor, path)
            }
            unflushed.insert(folder.new)
            note(mail.name, in: mail.box)
        }
    }

    /// Nobody else inserts meanwhile, so a state whose mail is not there was cut off and is written anew.
    private func isThere(_ id: JobID) throws(FileTrouble) -> Bool {
        if index[id] != nil || held[id] != nil { return true }
        for box in boxes.indices {
            guard let state = try state(id, in: box) else { continue }
            if state.state.isTerminal || Files.exists("\(boxes[box].folder.new)/\(state.mail)") { return true }
        }
        return false
    }
}
