internal import Glibc

/// A mail in somebody's hand: an open file with the kernel's lock on it, which ends with its last holder, however that dies.
struct MailLock {
    let descriptor: Int32
    let bytes: Int
}

extension MailLock {
    /// What became of reaching for a mail.
    enum Attempt {
        /// Ours until the descriptor, and every copy of it, is closed.
        case taken(MailLock)
        /// Somebody has it.
        case busy
        /// Somebody has finished it, or moved it away.
        case gone
        /// A directory, a link, a device: nothing that a mail server delivers.
        case noMail
    }

    /// Opens and locks without ever waiting, then checks that the path still is that file: who had it between the two may
    /// have finished it, and the lock would be on a file that has no name any more.
    static func take(_ path: String, afterOpen: (@Sendable (String) -> Void)? = nil) throws(FileTrouble) -> Attempt {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else {
            switch errno {
            case ENOENT: return .gone
            case ELOOP, ENXIO, ENODEV: return .noMail
            default: throw FileTrouble("open", path)
            }
        }
        afterOpen?(path)
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(file)
            if number == EWOULDBLOCK { return .busy }
            throw FileTrouble("lock", path, number: number)
        }
        var held = stat()
        var named = stat()
        guard fstat(file, &held) == 0, held.st_mode & S_IFMT == S_IFREG else {
            close(file)
            return .noMail
        }
        guard held.st_nlink > 0, lstat(path, &named) == 0, named.st_ino == held.st_ino, named.st_dev == held.st_dev
        else {
            close(file)
            return .gone
        }
        return .taken(MailLock(descriptor: file, bytes: Int(held.st_size)))
    }

    func release() { close(descriptor) }
}
