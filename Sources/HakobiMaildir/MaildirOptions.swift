public import HakobiCore
public import Logging

/// One Maildir and what its mails are: a queue and a kind of their own.
public struct Mailbox: Sendable, Hashable {
    /// What becomes of a mail whose handler has completed.
    public enum Completed: Sendable, Hashable {
        /// Its file is removed.
        case removed
        /// It goes to `cur`, marked as seen: for Maildirs that people read as well.
        case kept
    }

    /// The Maildir: the folder that has `new`, `cur` and `tmp` in it, or is to have them.
    public var path: String
    /// The queue its mails wait in.
    public var queue: QueueName
    /// The kind of its mails' jobs.
    public var kind: Kind
    /// What becomes of a mail whose handler has completed.
    public var completed: Completed
    /// Failures at which a mail goes to `failed`.
    public var maxFailures: Int
    /// A larger mail goes to `failed` without having been handled.
    public var maxMailBytes: Int
    /// What a person can do about such a mail.
    package var sizeAdvice = "raise max-size of its Maildir"

    /// A Maildir of mails of kind `mail` that are removed when done, unless told otherwise; of any size up to 1 GiB.
    public init(
        path: String, queue: QueueName = .default, kind: Kind? = nil, completed: Completed = .removed,
        maxFailures: Int = Defaults.maxFailures, maxMailBytes: Int = 1 << 30
    ) {
        self.path = path
        self.queue = queue
        self.kind = kind ?? .mail
        self.completed = completed
        self.maxFailures = maxFailures
        self.maxMailBytes = maxMailBytes
    }
}

extension Kind {
    /// The kind of a Maildir that was given none.
    fileprivate static var mail: Kind {
        do throws(InvalidName) { return try Kind(Mail.kind) } catch {
            preconditionFailure("a constant of this file is a name: \(error)")
        }
    }
}

/// How a store treats its Maildirs.
public struct MaildirOptions: Sendable {
    /// Jobs that have completed are kept in the books until they are pruned, so that they can be looked at; else nothing is
    /// left of them.
    public var keepsRecords: Bool
    /// Crashes at which a mail is dead that another store's death has left behind.
    public var crashBudget: Int
    /// How long a mail whose holder has died waits for somebody who knows what that holder was running; then it is taken for
    /// a suspect. A restarted service looks at once.
    public var takeoverGrace: Duration
    /// How often the folders are looked through, beside the kernel's hints; twice a second where it gives none.
    public var lookInterval: Duration
    /// The largest payload of a job that is inserted, in bytes; mails have a limit of their own.
    public var maxPayloadBytes: Int
    /// Mails in hand at once, at most, for each is an open file; half of what this process may open when `nil`.
    public var maxInHand: Int?
    /// The host's name in the names of files; the kernel's when `nil`.
    public var host: String?
    /// Where lines about mails that cannot be handled go.
    public var logger: Logger
    /// Where moments and leases come from; only tests replace it.
    public var clock: StoreClock?

    /// Called between a mail's opening and its locking.
    package var afterOpen: (@Sendable (_ path: String) -> Void)?
    /// The kernel's hints are used; without them there is the look each half second.
    package var usesInotify = true

    /// No records of completed jobs, the crash budget of the house, a second's grace and a look each five, unless told
    /// otherwise.
    public init(
        keepsRecords: Bool = false, crashBudget: Int = Defaults.crashBudget, takeoverGrace: Duration = .seconds(1),
        lookInterval: Duration = .seconds(5), maxPayloadBytes: Int = Defaults.maxPayloadBytes, maxInHand: Int? = nil,
        host: String? = nil, logger: Logger = Logger(label: "hakobi.maildir"), clock: StoreClock? = nil
    ) {
        self.keepsRecords = keepsRecords
        self.crashBudget = crashBudget
        self.takeoverGrace = takeoverGrace
        self.lookInterval = lookInterval
        self.maxPayloadBytes = maxPayloadBytes
        self.maxInHand = maxInHand
        self.host = host
        self.logger = logger
        self.clock = clock
    }
}
