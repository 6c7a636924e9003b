internal import Glibc
package import HakobiCore

/// How much of a Maildir there is at a path.
package enum MaildirPresence: Sendable, Hashable {
    /// Nothing, but it can be made.
    case none
    /// Mails may be there, and no store has been opened on them yet.
    case mails
    /// A store's books are there too.
    case store
}

extension MailboxFolder {
    /// What is there. Changes nothing; refuses what cannot be a Maildir, and what could not be made one, with one sentence
    /// each.
    func presence() throws(StoreError) -> MaildirPresence {
        switch kind(of: root) {
        case S_IFDIR: break
        case S_IFREG:
            throw refusal(
                "\(root) is a file: a mail server makes a folder when its line ends in a slash, and one file (mbox) when it "
                    + "does not; name a Maildir, or a new one")
        case nil:
            try checkParent()
            return .none
        default: throw refusal("\(root) is not a directory; name a Maildir, or a new one")
        }
        for path in [root, new, failed, states, scratch] where access(path, R_OK | W_OK | X_OK) != 0 && errno != ENOENT
        {
            throw refusal(
                "\(path) may not be written by this user (\(String(cString: strerror(errno)))); a worker moves mails and "
                    + "keeps its books there")
        }
        if kind(of: states) != nil { return .store }
        return kind(of: new) == nil ? .none : .mails
    }

    private func checkParent() throws(StoreError) {
        let parent = root.lastIndex(of: "/").map { String(root[...$0]) } ?? "."
        guard kind(of: parent) == S_IFDIR else {
            let isClosed = errno == EACCES
            throw refusal(
                "the directory \(parent) " + (isClosed ? "is closed to this user" : "does not exist; create it first"))
        }
        guard access(parent, W_OK | X_OK) == 0 else {
            throw refusal("\(root) does not exist, and this user may not make it in \(parent)")
        }
    }

    /// `nil`, with `errno`, when there is nothing to be seen.
    private func kind(of path: String) -> mode_t? {
        var info = stat()
        return stat(path, &info) == 0 ? info.st_mode & S_IFMT : nil
    }

    private func refusal(_ sentence: String) -> StoreError {
        StoreError(.unsuitable, operation: "open", "open: \(sentence)", isTransient: false)
    }
}

extension MaildirStore {
    /// How much of a Maildir there is at `path`. Changes nothing; throws, in one sentence, what is wrong with the place.
    package static func presence(at path: String) throws(StoreError) -> MaildirPresence {
        try MailboxFolder(path).presence()
    }
}
