internal import HakobiCore
internal import Logging

/// How the mails get known: by hints, by looking through the folders, and by looking after those in other hands.
extension Session {
    /// All that was there before the watch began, and what came while it did: the watch is there before the first look.
    func lookAtFirst() throws(FileTrouble) {
        for box in boxes.indices {
            try scan(box)
            try sweep(box)
        }
        try lookAfter()
    }

    /// What the kernel has hinted at since the last time.
    func hear() throws(FileTrouble) {
        let news = watching.news()
        for change in news.changes {
            if change.hasLeft { left(change.name) } else { note(change.name, in: change.box) }
        }
        if news.mustScan { for box in boxes.indices { try scan(box) } }
        if news.holderEnded { try lookAfter() }
    }

    /// Somebody has done with it; one in our own hands is settled by us, whatever has become of its file.
    private func left(_ file: String) {
        let id = MailName(file).id
        if held[id] == nil { index.forget(id) }
    }

    /// The look without hints.
    func look() throws(FileTrouble) {
        watching.mend()
        for box in boxes.indices where watching.mustLook(at: box) { try scan(box) }
        try lookAfter()
    }

    /// What is no longer there is looked for by name before it is forgotten: a folder that changes while it is read need
    /// not show every name.
    private func scan(_ box: Int) throws(FileTrouble) {
        let names = try Files.names(in: boxes[box].folder.new)
        var tried: Set<JobID>?
        var present = Set<JobID>(minimumCapacity: names.count)
        for file in names {
            let name = MailName(file)
            present.insert(name.id)
            guard index[name.id] == nil else { continue }
            if tried == nil { tried = Set(try stateIDs(in: box)) }
            let state = tried?.contains(name.id) == true ? peek(name.id, in: box) : nil
            note(known(name, file: file, in: box, state), state)
        }
        for (id, mail) in index.mails where mail.box == box && !present.contains(id) && held[id] == nil {
            if !Files.exists("\(boxes[box].folder.new)/\(mail.file)") { index.forget(id) }
        }
    }

    /// States whose mails are nowhere: an insert that was cut off, or a mail that somebody took away by hand. While no
    /// insert is under way.
    private func sweep(_ box: Int) throws(FileTrouble) {
        let lock = try InsertLock(boxes[box].folder)
        defer { lock.end() }
        let folder = boxes[box].folder
        for id in try stateIDs(in: box) where index[id] == nil {
            guard let state = peek(id, in: box), !state.state.isTerminal else { continue }
            guard !Files.exists("\(folder.new)/\(state.mail)"), !Files.exists("\(folder.failed)/\(state.mail)") else {
                continue
            }
            try Files.remove(folder.state(id))
            try Files.remove(folder.cancel(id))
        }
    }

    // MARK: Mails in other hands

    /// When somebody has to be looked after next.
    var nextTakeover: ContinuousClock.Instant? {
        index.elsewhere.compactMap { id in
            guard case .elsewhere(let takeable) = index[id]?.place else { return nil }
            return takeable
        }.min()
    }

    /// Has who had it given it back, or died?
    func lookAfter(takesOver: Bool = true) throws(FileTrouble) {
        for id in index.elsewhere {
            guard let mail = index[id], case .elsewhere(let takeable) = mail.place else { continue }
            guard let state = peek(id, in: mail.box) else {
                if Files.exists("\(boxes[mail.box].folder.new)/\(mail.file)") {
                    note(known(mail.name, file: mail.file, in: mail.box, nil), nil)
                } else {
                    index.forget(id)
                }
                continue
            }
            switch state.state {
            case .running where isLost(state, id, in: mail.box):
                let takeable = takeable ?? .now + options.takeoverGrace
                index.away(mail, takeable: takeable)
                if takesOver, takeable <= .now { try takeOver(mail) }
            case .running: index.away(mail)
            default: note(known(mail.name, file: mail.file, in: mail.box, state), state)
            }
        }
    }

    /// Who restarts a service knows what its last life was running, and comes first; then anybody may.
    private func takeOver(_ mail: KnownMail) throws(FileTrouble) {
        // A process that outlives its store may still have the lock: it is not asked more often than that.
        index.away(mail, takeable: .now + .seconds(1))
        let request = Rescue(.expired, crashBudget: options.crashBudget)
        guard let rescued = try rescueLost(mail.name.id, in: mail.box, request) else { return }
        options.logger.warning(
            "the mail \(mail.file) was in the hands of \(rescued.lease.owner), who has died: \(rescued.verdict)")
    }
}
