import Glibc
import Hakobi
import Synchronization

/// One more descriptor of a lease's lock, closed with its last user at the latest: as long as a process has one, nobody
/// else takes the job, whatever becomes of the other processes.
final class LockCopy: Sendable {
    let descriptor: Int32
    private let house: HouseDescriptors?
    private let isReleased = Atomic(false)

    /// Takes over a descriptor; `house` knows of it.
    init(_ descriptor: Int32, in house: HouseDescriptors? = nil) {
        self.descriptor = descriptor
        self.house = house
    }

    deinit { release() }

    /// Closes it now, whoever else still knows of it.
    func release() {
        guard !isReleased.exchange(true, ordering: .relaxed) else { return }
        if let house { house.close(descriptor) } else { close(descriptor) }
    }
}
