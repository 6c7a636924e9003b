internal import Glibc

/// Who inserts, or tidies up after inserts, is alone: a state whose mail is not there yet is then one that was cut off.
struct InsertLock {
    private let descriptor: Int32

    /// Waits for the others, whose turns are a few flushes long.
    init(_ folder: MailboxFolder) throws(FileTrouble) {
        let path = folder.file("insert.lock")
        descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileTrouble("open", path) }
        while flock(descriptor, LOCK_EX) != 0 {
            if errno == EINTR { continue }
            let trouble = FileTrouble("lock", path)
            close(descriptor)
            throw trouble
        }
    }

    func end() { close(descriptor) }
}
