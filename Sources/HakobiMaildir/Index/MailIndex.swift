internal import HakobiCore

/// A mail that this process has heard of and that has not ended, as far as it knows.
struct KnownMail {
    /// Where it is, as far as claims are concerned.
    enum Place: Equatable {
        /// Waits to be claimed, under this ticket.
        case waiting(ticket: Int64)
        /// In this store's hands.
        case held
        /// In somebody else's; or in nobody's, and to be taken from that moment on.
        case elsewhere(takeable: ContinuousClock.Instant?)
        /// What is there is no mail.
        case ignored
    }

    let box: Int
    let name: MailName
    let file: String
    /// Microseconds since 1970.
    let arrived: Int64
    var kind: Kind
    var queue: QueueName
    var priority: Int
    var due: Int64
    var isSuspect: Bool
    var place = Place.ignored

    var lane: WaitingRoom.Lane { WaitingRoom.Lane(queue: queue, kind: kind, isSuspect: isSuspect) }

    /// Whether a claim may treat both alike.
    func isClaimed(like other: KnownMail) -> Bool { lane == other.lane && priority == other.priority }
}

/// What a process knows of its Maildirs without looking: so a claim reads no folder. The truth is in the files; whatever
/// here is out of date is found so under the mail's lock.
struct MailIndex {
    private(set) var mails: [JobID: KnownMail] = [:]
    /// Those that are elsewhere: to be looked after.
    private(set) var elsewhere: Set<JobID> = []
    private var room = WaitingRoom()

    subscript(id: JobID) -> KnownMail? { mails[id] }

    /// May be claimed from its due time on.
    mutating func wait(_ mail: KnownMail) {
        let order = WaitingRoom.Order(mail.name.arrival, Int64(clamping: mail.name.count))
        let ticket = room.add(
            mail.name.id, to: mail.lane, priority: mail.priority, due: Timestamp(microseconds: mail.due), order: order)
        put(mail, .waiting(ticket: ticket))
    }

    /// In other hands, or in none.
    mutating func away(_ mail: KnownMail, takeable: ContinuousClock.Instant? = nil) {
        put(mail, .elsewhere(takeable: takeable))
    }

    mutating func hold(_ mail: KnownMail) { put(mail, .held) }
    mutating func ignore(_ mail: KnownMail) { put(mail, .ignored) }

    mutating func forget(_ id: JobID) {
        mails[id] = nil
        elsewhere.remove(id)
    }

    private mutating func put(_ mail: KnownMail, _ place: KnownMail.Place) {
        var mail = mail
        mail.place = place
        mails[mail.name.id] = mail
        if case .elsewhere = place { elsewhere.insert(mail.name.id) } else { elsewhere.remove(mail.name.id) }
    }

    /// The first due mails of the chosen lanes, which then wait no more: the caller says where they are.
    mutating func take(
        _ count: Int, dueBy now: Timestamp, from isChosen: (WaitingRoom.Lane) -> Bool
    ) -> [KnownMail] {
        let mails = mails
        let taken = room.take(count, dueBy: now, from: isChosen) { entry in
            mails[entry.job]?.place == .waiting(ticket: entry.ticket)
        }
        return taken.compactMap { mails[$0] }
    }
}
