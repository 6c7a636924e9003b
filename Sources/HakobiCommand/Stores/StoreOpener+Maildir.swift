import Hakobi
import HakobiMaildir

extension StoreOpener {
    static func maildir(_ location: StoreLocation, _ intent: StoreIntent, _ use: StoreUse?) throws -> StoreRoles {
        let mailboxes = location.maildirs.map(\.mailbox).map(absolute)
        for mailbox in mailboxes where intent != .create {
            guard try MaildirStore.presence(at: mailbox.path) == .none else { continue }
            throw CommandFailure(
                .unreachable, "there is no Maildir at \(mailbox.path): start a service or deliver a mail to make one")
        }
        var options = MaildirOptions(keepsRecords: location.keepsRecords)
        if let use {
            options.host = use.node
            options.crashBudget = use.crashBudget
            options.logger = use.logger
        }
        return try MaildirStore(mailboxes, options: options).roles
    }

    /// A handler is told where its mail is, and may be anywhere itself.
    private static func absolute(_ mailbox: Mailbox) -> Mailbox {
        var mailbox = mailbox
        mailbox.path = ProgramPath.absolute(mailbox.path)
        return mailbox
    }
}
