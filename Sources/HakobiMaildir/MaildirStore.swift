public import HakobiCore
internal import HakobiDatabase
internal import Synchronization

/// A store that is one Maildir, or several: every mail that a mail server delivers is a job at once, and everything a
/// service has (worker processes, retries, quarantine, history) applies to it.
///
/// A claim locks the mail's file, a settlement removes it, moves it to `cur`, or leaves it where it is until its next try;
/// what has no more tries goes to `failed`. The lock is the lease: who holds it and lives loses nothing, who dies loses it
/// that moment.
///
/// What a folder cannot do is refused: idempotency keys and unique keys. Nothing is left of completed jobs unless
/// `MaildirOptions.keepsRecords` says so.
public final class MaildirStore: Sendable {
    private let inbox: Inbox<Work>
    private let threads = ThreadGroup()
    private let wake: Wake
    let locks = HeldLocks()

    /// Opens the Maildirs, making what is missing of their folders, and begins to watch them.
    ///
    /// Blocks until all mails that wait are known. Throws one sentence when a path cannot be a Maildir.
    public init(_ mailboxes: [Mailbox], options: MaildirOptions = MaildirOptions()) throws(StoreError) {
        let inbox = try Inbox<Work>()
        let first = mailboxes.first.map { MailboxFolder($0.path) }
        // Its own folder must be there before the sockets' is made in it.
        try first?.prepare()
        let wake = Wake(at: first?.file("wake") ?? "/nonexistent")
        (self.inbox, self.wake) = (inbox, wake)
        let locks = locks
        try threads.start { (opened: () -> Void) throws(StoreError) in
            let session = try Session(mailboxes, options, locks: locks)
            do throws(FileTrouble) { try session.lookAtFirst() } catch {
                session.end()
                throw error.error(of: "open")
            }
            opened()
            MaildirThread(inbox: inbox, session: session, wake: wake).run()
        }
    }

    /// The same for one Maildir.
    public convenience init(path: String, options: MaildirOptions = MaildirOptions()) throws(StoreError) {
        try self.init([Mailbox(path: path)], options: options)
    }

    /// This store with all the roles it has; it keeps no schema.
    public var roles: StoreRoles {
        StoreRoles(
            store: self, reader: self, editor: self, queues: self, registry: self, wakeUps: self, leaseLocks: self,
            doctor: self,
            close: { await self.close() })
    }

    /// Ends the thread once what was handed in is done. Mails still in hand go back as those of the dead do.
    public func close() async {
        wake.close()
        inbox.close()
        await threads.wait()
    }

    func perform<Value: Sendable>(
        _ operation: String, _ work: @escaping @Sendable (Session) throws(FileTrouble) -> Value
    ) async throws(StoreError) -> Value {
        try await inbox.submit(operation) { reply in
            Work { session throws(StoreError) in
                do throws(FileTrouble) {
                    let value = try work(session)
                    return { reply.succeed(value) }
                } catch {
                    throw error.error(of: operation)
                }
            }
        }
    }

    func send() { wake.send() }
    func stream() -> AsyncStream<Void> { wake.stream() }
}

extension MaildirStore: JobStore {
    /// Delivers each job as a file, alone. Raw bytes of a Maildir's own kind are a mail; everything else is a job with its
    /// payload as it is. The same id again is existing as long as the job has not ended.
    public func insert(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion] {
        guard !jobs.isEmpty else { return [] }
        return try await perform("insert") { session throws(FileTrouble) in try session.insert(jobs) }
    }

    /// Takes due jobs: priority, then due time, then arrival, as far as the names of the files tell.
    public func claim(_ demand: Demand) async throws(StoreError) -> [ClaimedJob] {
        try await perform("claim") { session throws(FileTrouble) in try session.claim(demand) }
    }

    /// Extends or looks at held leases.
    public func renew(_ renewals: [Renewal]) async throws(StoreError) -> [RenewalReceipt] {
        guard !renewals.isEmpty else { return [] }
        return try await perform("renew") { session throws(FileTrouble) in
            var receipts: [RenewalReceipt] = []
            for renewal in renewals { receipts.append(try session.renew(renewal)) }
            return receipts
        }
    }

    /// Ends attempts under their leases; the folders are flushed once for all of them.
    public func settle(_ settlements: [Settlement]) async throws(StoreError) -> [Receipt] {
        guard !settlements.isEmpty else { return [] }
        return try await perform("settle") { session throws(FileTrouble) in try session.settle(settlements) }
    }

    /// Revokes the leases of the dead: those that this store holds past their time, and those of stores that have ended.
    public func rescue(_ request: Rescue) async throws(StoreError) -> [RescuedJob] {
        try await perform("rescue") { session throws(FileTrouble) in try session.rescue(request) }
    }
}
