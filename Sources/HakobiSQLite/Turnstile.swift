internal import Glibc

/// The door before the write lock: who wants to write passes it first, and holds it until the lock is his.
///
/// The lock alone has no queue: whoever has just let it go is the first to ask again. With a door in front, a writer that
/// comes back from a commit finds it held by whoever waited meanwhile, and stands behind. It is a courtesy and no lock:
/// where it cannot be had in a few milliseconds (its holder was stopped) it is passed by, and correctness is SQLite's.
final class Turnstile {
    private let file: Int32
    private var isHeld = false

    /// `flock` on a file of its own, since closing any descriptor of the database would drop SQLite's locks on it.
    init(in directory: String) {
        file = open("\(directory)/turn", O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
    }

    deinit { if file >= 0 { close(file) } }

    /// Waits for the door, at most some 20 ms.
    func enter() {
        guard file >= 0 else { return }
        for turn in 0..<200 {
            if flock(file, LOCK_EX | LOCK_NB) == 0 {
                isHeld = true
                return
            }
            usleep(turn < 20 ? 30 : 110)
        }
    }

    /// Lets the next one in.
    func leave() {
        guard isHeld else { return }
        flock(file, LOCK_UN)
        isHeld = false
    }
}
