internal import HakobiCore

extension Session {
    /// A mail that nobody has in hand, locked for an edit.
    private struct Standing {
        let mail: KnownMail
        var state: MailState
        /// Nothing is locked where there is no file any more.
        let lock: MailLock?
        let path: String
    }

    private enum Found {
        case nothing
        case running(box: Int)
        case standing(Standing)
    }

    /// A person's second chance for a job.
    func retry(_ id: JobID) throws(FileTrouble) -> EditReceipt {
        try edit(id) { standing throws(FileTrouble) in
            var state = standing.state
            var ending = state.ending(arrival: standing.mail.arrived, isCancelRequested: false)
            switch state.state {
            case .dead, .cancelled:
                guard standing.lock != nil else { return .notFound }
                ending.revive(at: now)
                try Files.remove(boxes[standing.mail.box].folder.cancel(id))
            case .completed: return .refused(.completed)
            default: ending.giveBack(at: now)
            }
            state.take(ending, at: now)
            try unbury(standing, state)
            return .done
        } running: { _ in
            .refused(.running)
        }
    }

    /// Cancels a waiting job; leaves a request for whoever has it in hand.
    func cancel(_ id: JobID) throws(FileTrouble) -> EditReceipt {
        try edit(id) { standing throws(FileTrouble) in
            var state = standing.state
            guard !state.state.isTerminal else { return .refused(state.state) }
            var ending = state.ending(arrival: standing.mail.arrived, isCancelRequested: false)
            ending.withdraw()
            state.take(ending, at: now)
            try conclude(standing.mail, state, isCharged: true)
            return .done
        } running: { box throws(FileTrouble) in
            try Files.mark(boxes[box].folder.cancel(id))
            hasNews = true
            return .requested
        }
    }

    /// Removes a job that is not running, and its mail.
    func delete(_ id: JobID) throws(FileTrouble) -> EditReceipt {
        try edit(id) { standing throws(FileTrouble) in
            try forget(id, standing.mail, standing.state)
            return .done
        } running: { _ in
            .refused(.running)
        }
    }

    /// Removes what is known of finished jobs beyond what is to be kept, oldest first, and the mails in `failed` with it.
    func prune(_ retention: Retention, limit: Int) throws(FileTrouble) -> Int {
        let now = now
        let finished = try allStates { index[$0] == nil }.filter { $0.2.state.isTerminal }
            .sorted { ($0.2.finished ?? 0, $0.0) < ($1.2.finished ?? 0, $1.0) }
        var surplus = finished.count { $0.2.state == .completed } - max(0, retention.completedRows)
        var removed = 0
        for (id, box, state) in finished where removed < limit {
            if state.state == .completed { surplus -= 1 }
            let age = state.state == .dead ? retention.deadAge : retention.completedAge
            let isOld = Timestamp(microseconds: state.finished ?? 0) <= now - age
            guard isOld || state.state == .completed && surplus >= 0 else { continue }
            let mail = known(MailName(state.mail), file: state.mail, in: box, state)
            try forget(id, mail, state)
            removed += 1
        }
        return removed
    }

    // MARK: How

    private func edit(
        _ id: JobID, standing edit: (Standing) throws(FileTrouble) -> EditReceipt,
        running: (_ box: Int) throws(FileTrouble) -> EditReceipt
    ) throws(FileTrouble) -> EditReceipt {
        switch try find(id) {
        case .nothing: return .notFound
        case .running(let box): return try running(box)
        case .standing(let standing):
            defer { standing.lock?.release() }
            return try edit(standing)
        }
    }

    private func find(_ id: JobID) throws(FileTrouble) -> Found {
        if let mail = held[id] { return .running(box: mail.mail.box) }
        for box in boxes.indices {
            let file = try state(id, in: box)?.mail ?? (index[id]?.box == box ? index[id]?.file : nil)
            if let file, let found = try find(id, file, in: box) { return found }
        }
        return .nothing
    }

    private func find(_ id: JobID, _ file: String, in box: Int) throws(FileTrouble) -> Found? {
        let folder = boxes[box].folder
        for path in ["\(folder.new)/\(file)", "\(folder.failed)/\(file)"] {
            switch try MailLock.take(path) {
            case .busy: return .running(box: box)
            case .gone, .noMail: continue
            case .taken(let lock):
                // As it stands now that nobody else can change it.
                let state = try state(id, in: box) ?? MailState(mail: file)
                guard state.state != .running else {
                    lock.release()
                    return .running(box: box)
                }
                let mail = known(MailName(file), file: file, in: box, state)
                return .standing(Standing(mail: mail, state: state, lock: lock, path: path))
            }
        }
        guard let state = try state(id, in: box), state.state.isTerminal else { return nil }
        return .standing(
            Standing(mail: known(MailName(file), file: file, in: box, state), state: state, lock: nil, path: ""))
    }

    /// The state first, then the file: who finds it in `new` finds that it may be claimed.
    private func unbury(_ standing: Standing, _ state: MailState) throws(FileTrouble) {
        let folder = boxes[standing.mail.box].folder
        let file = standing.mail.file
        try write(state, standing.mail.name.id, in: standing.mail.box, isDurable: true)
        if try Files.move("\(folder.failed)/\(file)", to: "\(folder.new)/\(file)") {
            try Files.remove("\(folder.failed)/\(file).error")
            unflushed.formUnion([folder.new, folder.failed])
        } else {
            givenBack.append("\(folder.new)/\(file)")
        }
        note(known(standing.mail.name, file: file, in: standing.mail.box, state), state)
    }

    /// A completed job's mail stays in `cur`: it is its reader's.
    private func forget(_ id: JobID, _ mail: KnownMail, _ state: MailState) throws(FileTrouble) {
        let folder = boxes[mail.box].folder
        if state.state != .completed {
            for path in ["\(folder.new)/\(mail.file)", "\(folder.failed)/\(mail.file)"] { try Files.remove(path) }
            try Files.remove("\(folder.failed)/\(mail.file).error")
            unflushed.formUnion([folder.new, folder.failed])
        }
        try Files.remove(folder.state(id))
        try Files.remove(folder.cancel(id))
        unflushed.insert(folder.states)
        index.forget(id)
    }
}
