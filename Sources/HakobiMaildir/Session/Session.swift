internal import Glibc
internal import HakobiCore
internal import HakobiDatabase
internal import Logging

/// One Maildir with what was set for it.
struct Box {
    let settings: Mailbox
    let folder: MailboxFolder
    let holder: Holder
}

/// A mail in hand.
struct Held {
    let lease: Lease
    var mail: KnownMail
    var state: MailState
    /// On the steady clock.
    var leaseEnd: Duration
}

/// The books of an open store: what is known, what is in hand, and in its extensions what is done with both.
///
/// Lives on one thread. Each change of a mail is made under that mail's lock, and goes to the disk in an order that leaves a
/// whole mail wherever it is cut off.
final class Session {
    let boxes: [Box]
    let options: MaildirOptions
    let host: String
    let locks: HeldLocks
    /// Mails in hand at once, at most: each is an open file.
    let maxInHand: Int
    let clock: StoreClock
    /// One pool a Maildir, in the order of ``boxes``.
    private var spares: [SpareFiles]
    var index = MailIndex()
    var cache = StateCache()
    var held: [JobID: Held] = [:]
    /// Receipts of settlements that were done beside one that could not be.
    var unheard: [Lease: Receipt] = [:]
    var watching: Watching
    var pauses = Pauses()
    /// Folders whose entries must be on the disk before anybody is answered.
    var unflushed: Set<String> = []
    /// Mails that could not be opened, locked or read.
    private var complained: Set<JobID> = []
    /// Mails that others may have again; they hear of it once the locks are free.
    var givenBack: [String] = []
    /// Something may be due: whoever listens is to be told.
    var hasNews = false
    private var lastRow: Int64 = 0
    private var lastScratch = 0

    init(_ mailboxes: [Mailbox], _ options: MaildirOptions, locks: HeldLocks) throws(StoreError) {
        guard !mailboxes.isEmpty else {
            throw StoreError(
                .unsuitable, operation: "open", "open: no Maildir was named; a store needs one at least",
                isTransient: false)
        }
        self.options = options
        self.locks = locks
        maxInHand = options.maxInHand ?? Self.halfOfTheDescriptors()
        host = options.host ?? MaildirDelivery.hostName()
        clock = options.clock ?? .host
        var boxes: [Box] = []
        var isWhole = false
        defer { if !isWhole { for box in boxes { box.holder.end() } } }
        for settings in mailboxes {
            let folder = MailboxFolder(settings.path)
            guard !boxes.contains(where: { $0.folder.root == folder.root }) else {
                throw StoreError(
                    .unsuitable, operation: "open", "open: \(folder.root) is named twice; name each Maildir once",
                    isTransient: false)
            }
            try folder.prepare()
            do throws(FileTrouble) {
                boxes.append(Box(settings: settings, folder: folder, holder: try Holder(in: folder)))
                try Holder.sweep(folder)
            } catch {
                throw error.error(of: "open")
            }
        }
        isWhole = true
        self.boxes = boxes
        spares = boxes.map { _ in SpareFiles() }
        watching = Watching(boxes.map(\.folder), usesInotify: options.usesInotify)
    }

    var now: Timestamp { clock.wall() }

    private static func halfOfTheDescriptors() -> Int {
        let limit = sysconf(Int32(_SC_OPEN_MAX))
        return limit > 0 ? max(1, limit / 2) : 512
    }

    /// Nobody here holds anything any more.
    func end() {
        locks.releaseAll()
        for box in spares.indices { spares[box].end() }
        for box in boxes { box.holder.end() }
        watching.end()
    }

    func nextRow() -> Int64 {
        lastRow += 1
        return lastRow
    }

    /// Everything that was answered is on the disk once this has returned.
    func flush() throws(FileTrouble) {
        for path in unflushed { try Files.flush(directory: path) }
        unflushed = []
    }

    /// Hints to all who watch, this process among them.
    func tellOthers() {
        for path in givenBack { Files.touch(path) }
        givenBack = []
    }

    // MARK: States

    /// What is known of a mail; `nil` when it has not been tried.
    func state(_ id: JobID, in box: Int) throws(FileTrouble) -> MailState? {
        let path = boxes[box].folder.state(id)
        guard let bytes = try Files.read(path) else { return nil }
        if let state = MailState(bytes), MailName(state.mail).id == id { return state }
        // Another's by now, and no longer here; or cut off by a loss of power, or written by somebody else. It is put aside; the
        // mail counts as not tried.
        let aside = boxes[box].folder.file("damaged-\(id)")
        if try Files.move(path, to: aside) {
            options.logger.warning("\(path) cannot be read and was moved to \(aside); its mail begins anew")
        }
        return nil
    }

    /// The same where one state that may not be read must not keep the others from being seen. Its mail is not handled: a
    /// claim reads it again.
    func peek(_ id: JobID, in box: Int) -> MailState? {
        do throws(FileTrouble) { return try state(id, in: box) } catch {
            complain(of: id, error)
            return nil
        }
    }

    /// One line for each mail that something is wrong with.
    func complain(of id: JobID, _ trouble: FileTrouble) {
        guard complained.insert(id).inserted else { return }
        options.logger.warning("\(trouble.error(of: "look").description)")
    }

    func write(_ state: MailState, _ id: JobID, in box: Int, isDurable: Bool) throws(FileTrouble) {
        let folder = boxes[box].folder
        try spares[box].replace(
            folder.state(id), with: state.text, scratch: scratchPath(in: box), isDurable: isDurable)
        if isDurable { unflushed.insert(folder.states) }
    }

    /// Nothing is known of a mail any more: it has been handled. The caller has its lock.
    func removeState(_ id: JobID, in box: Int) throws(FileTrouble) {
        try spares[box].keep(boxes[box].folder.state(id), as: scratchPath(in: box))
    }

    /// A name that nobody has.
    func scratchPath(in box: Int) -> String {
        lastScratch += 1
        return "\(boxes[box].folder.scratch)/\(boxes[box].holder.name)-\(lastScratch)"
    }

    /// The ids of all mails that have a state.
    func stateIDs(in box: Int) throws(FileTrouble) -> [JobID] {
        try Files.names(in: boxes[box].folder.states).compactMap { JobID($0) }
    }

    /// The store that wrote that it has this mail is gone.
    func isLost(_ state: MailState, _ id: JobID, in box: Int) -> Bool {
        guard let holder = state.holder else { return true }
        if holder == boxes[box].holder.name { return held[id] == nil }
        return Holder.isDead(holder, in: boxes[box].folder)
    }

    func isCancelRequested(_ id: JobID, in box: Int) -> Bool { Files.exists(boxes[box].folder.cancel(id)) }

    // MARK: What is known

    /// A mail of `new` as its state says.
    func known(_ name: MailName, file: String, in box: Int, _ state: MailState?) -> KnownMail {
        let settings = boxes[box].settings
        let now = now.microseconds
        let arrived = state?.order?.created ?? min(now, name.arrival > 0 ? name.arrival : changed(file, in: box) ?? now)
        return KnownMail(
            box: box, name: name, file: file, arrived: arrived, kind: state?.order?.kind ?? settings.kind,
            queue: state?.order?.queue ?? settings.queue, priority: state?.order?.priority ?? Defaults.priority,
            due: state?.due ?? arrived, isSuspect: state?.isSuspect ?? false)
    }

    private func changed(_ file: String, in box: Int) -> Int64? {
        Files.changedAt("\(boxes[box].folder.new)/\(file)").map {
            Int64($0.seconds) * 1_000_000 + Int64($0.nanoseconds) / 1000
        }
    }

    /// A mail is in `new`, tried or not.
    func note(_ file: String, in box: Int) {
        let name = MailName(file)
        guard held[name.id] == nil else { return }
        let state = peek(name.id, in: box)
        note(known(name, file: file, in: box, state), state)
    }

    /// One whose end was written and who stands here still waits too: a claim finds it and brings it where it belongs.
    func note(_ mail: KnownMail, _ state: MailState?) {
        if index[mail.name.id]?.place == .ignored { return }
        guard state?.state == .running else {
            hasNews = true
            return index.wait(mail)
        }
        if case .elsewhere = index[mail.name.id]?.place { return }
        index.away(mail)
    }
}
