internal import Glibc
internal import HakobiCore

extension Session {
    /// One job with its history.
    func job(_ id: JobID) throws(FileTrouble) -> JobRecord? {
        if let mail = held[id] { return try record(mail.mail, mail.state, isWhole: true) }
        for box in boxes.indices {
            guard let state = try state(id, in: box) else { continue }
            return try record(known(MailName(state.mail), file: state.mail, in: box, state), state, isWhole: true)
        }
        try hear()
        guard let mail = index[id], Files.exists("\(boxes[mail.box].folder.new)/\(mail.file)") else { return nil }
        return try record(mail, nil, isWhole: true)
    }

    /// Jobs that match, newest first.
    func jobs(matching filter: JobFilter, limit: Int, before: JobID?) throws(FileTrouble) -> [JobRecord] {
        let found = try all().filter { mail, state in
            (before.map { mail.name.id < $0 } ?? true)
                && (filter.state == nil || filter.state == state?.state ?? .available)
                && (filter.queue == nil || filter.queue == mail.queue)
                && (filter.kind == nil || filter.kind == mail.kind)
        }
        var records: [JobRecord] = []
        for (mail, state) in found.sorted(by: { $0.0.name.id > $1.0.name.id }) where records.count < limit {
            // What was looked through is brief; of those that are asked for the whole is read.
            let whole = state.flatMap { _ in peek(mail.name.id, in: mail.box) }
            if let record = try record(mail, whole ?? state, isWhole: false) { records.append(record) }
        }
        return records
    }

    /// Counts and ages.
    func stats() throws(FileTrouble) -> StoreStats {
        let now = now
        let paused = try pauses.queues(in: boxes[0].folder)
        var states = Dictionary(uniqueKeysWithValues: JobState.allCases.map { ($0, 0) })
        var lanes: [WaitingRoom.Lane: StoreStats.Lane] = [:]
        for (mail, state) in try all() {
            states[state?.state ?? .available, default: 0] += 1
            let lane = WaitingRoom.Lane(queue: mail.queue, kind: mail.kind, isSuspect: false)
            let empty = StoreStats.Lane(queue: mail.queue, kind: mail.kind, isPaused: paused.contains(mail.queue))
            lanes[lane, default: empty].count(mail, state, at: now)
        }
        let sorted = lanes.values.sorted { left, right in
            if left.queue != right.queue { return left.queue < right.queue }
            return left.kind.description.utf8.lexicographicallyPrecedes(right.kind.description.utf8)
        }
        return StoreStats(states: states, lanes: sorted, takenAt: now)
    }

    /// Every mail that waits or runs, and everything that has a state.
    private func all() throws(FileTrouble) -> [(KnownMail, MailState?)] {
        try hear()
        var all: [(KnownMail, MailState?)] = []
        var seen: Set<JobID> = []
        for (id, box, state) in try allStates() {
            seen.insert(id)
            all.append((known(MailName(state.mail), file: state.mail, in: box, state), state))
        }
        for (id, mail) in index.mails where !seen.contains(id) && mail.place != .ignored { all.append((mail, nil)) }
        return all
    }

    /// `nil` when the mail has gone meanwhile.
    private func record(_ mail: KnownMail, _ state: MailState?, isWhole: Bool) throws(FileTrouble) -> JobRecord? {
        let standing = state?.state ?? .available
        var record = JobRecord(
            id: mail.name.id, kind: mail.kind, queue: mail.queue, state: standing, priority: mail.priority,
            payload: try payload(mail, state), maxFailures: maxFailures(mail, state),
            limits: state?.order?.limits ?? TimeLimits(), dueAt: Timestamp(microseconds: mail.due),
            createdAt: Timestamp(microseconds: mail.arrived), metadata: state?.order?.metadata ?? [:])
        guard let state else { return record }
        record.attempt = state.attempt
        record.failures = state.failures
        record.crashes = state.crashes
        record.isSuspect = state.isSuspect
        record.isCancelRequested = standing == .running && isCancelRequested(mail.name.id, in: mail.box)
        record.finishedAt = state.finished.map { Timestamp(microseconds: $0) }
        record.owner = state.owner
        record.progress = state.progress
        record.checkpoint = state.checkpoint
        record.result = state.result
        if isWhole { record.history = state.history }
        return record
    }

    /// Nothing when the file is gone: a completed mail's, mostly.
    private func payload(_ mail: KnownMail, _ state: MailState?) throws(FileTrouble) -> Payload {
        let folder = boxes[mail.box].folder
        for (place, file) in [
            (folder.new, mail.file), (folder.failed, mail.file), (folder.cur, "\(mail.name.text):2,S"),
        ] {
            let path = "\(place)/\(file)"
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            var info = stat()
            guard fstat(descriptor, &info) == 0 else { throw FileTrouble("look at", path) }
            return try payload(of: mail, state, descriptor, bytes: Int(info.st_size), folder: place)
        }
        return Payload([], codec: state?.order?.codec ?? .json, version: state?.order?.version ?? 1)
    }
}

extension StoreStats.Lane {
    fileprivate mutating func count(_ mail: KnownMail, _ state: MailState?, at now: Timestamp) {
        let due = Timestamp(microseconds: mail.due)
        switch state?.state ?? .available {
        case .available where due <= now:
            ready += 1
            oldestReady = max(oldestReady ?? .zero, now - due)
        case .available: if state?.failures ?? 0 > 0 { retrying += 1 } else { scheduled += 1 }
        case .running: running += 1
        case .dead: dead += 1
        default: break
        }
    }
}
