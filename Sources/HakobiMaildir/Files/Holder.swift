internal import CHakobi
internal import Glibc
internal import HakobiCore

/// One open store, as others see it: a locked file that is free once the process is gone.
///
/// A mail says who has it by that file's name. So a lock that is free for a moment, while a child's death is being dealt
/// with by the parent, is not taken for the death of both.
struct Holder {
    let name: String
    private let path: String
    private let lock: Int32

    /// Locked before it gets its name: nobody ever sees it free.
    init(in folder: MailboxFolder) throws(FileTrouble) {
        name = "\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        path = "\(folder.holders)/\(name)"
        let scratch = "\(folder.scratch)/holder-\(name)"
        lock = open(scratch, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw FileTrouble("create", scratch) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0, rename(scratch, path) == 0 else {
            let trouble = FileTrouble("lock", scratch)
            close(lock)
            unlink(scratch)
            throw trouble
        }
    }

    func end() {
        unlink(path)
        close(lock)
    }

    /// Whether the store of that name has ended. Shared locks, so that two who look do not take each other for it.
    static func isDead(_ name: String, in folder: MailboxFolder) -> Bool {
        let file = open("\(folder.holders)/\(name)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return errno == ENOENT }
        defer { close(file) }
        return flock(file, LOCK_SH | LOCK_NB) == 0
    }

    /// Removes what the dead left behind: their own files, and those that they were writing or had spare.
    static func sweep(_ folder: MailboxFolder) throws(FileTrouble) {
        for name in try Files.names(in: folder.holders) where isDead(name, in: folder) {
            try Files.remove("\(folder.holders)/\(name)")
        }
        for file in try Files.names(in: folder.scratch) {
            let parts = file.split(separator: "-")
            guard parts.count == 3, isDead("\(parts[0])-\(parts[1])", in: folder) else { continue }
            try Files.remove("\(folder.scratch)/\(file)")
        }
    }
}
