internal import Glibc
internal import HakobiCore
internal import Synchronization

/// The locks of all mails in hand, for whoever must give one to the process that runs the handler.
final class HeldLocks: Sendable {
    private let descriptors = Mutex<[Lease: Int32]>([:])

    func add(_ lease: Lease, _ lock: MailLock) { descriptors.withLock { $0[lease] = lock.descriptor } }

    /// Lets go: who else has a copy keeps the lock.
    func release(_ lease: Lease) {
        descriptors.withLock { descriptors in
            if let descriptor = descriptors.removeValue(forKey: lease) { close(descriptor) }
        }
    }

    /// A copy of the descriptor, which is the caller's to close; `nil` when the lease is not held, or no longer here.
    func copy(_ lease: Lease) -> Int32? {
        descriptors.withLock { descriptors in
            guard let descriptor = descriptors[lease] else { return nil }
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            return copy >= 0 ? copy : nil
        }
    }

    func releaseAll() {
        descriptors.withLock { descriptors in
            for descriptor in descriptors.values { close(descriptor) }
            descriptors = [:]
        }
    }
}
