import CHakobi
import Glibc
import Hakobi
import HakobiCore

/// Locks that have come in before the frames of their jobs were whole; those of one frame come together, and in the order
/// of the frames.
struct ArrivingLocks: Sendable {
    let house: HouseDescriptors
    private var groups: [[LockCopy]] = []

    init(_ house: HouseDescriptors) { self.house = house }

    /// Reads once; answers as `recv` does.
    mutating func receive(_ buffer: UnsafeMutableRawBufferPointer, from socket: Int32) -> Int {
        var (result, number) = (0, Int32(0))
        let numbers = house.open { () -> [Int32]? in
            var count: Int32 = -1
            let numbers = [Int32](unsafeUninitializedCapacity: Int(HAKOBI_MOST_DESCRIPTORS)) { numbers, used in
                result = hakobi_receive(socket, buffer.baseAddress, buffer.count, numbers.baseAddress, &count)
                number = errno
                used = Int(max(0, count))
            }
            return count >= 0 ? numbers : nil
        }
        if let numbers { groups.append(numbers.map { LockCopy($0, in: house) }) }
        // What has been done since may have changed it.
        errno = number
        return result
    }

    /// Gives the jobs of the next such frame their locks.
    mutating func give(to jobs: [Assignment]) throws(FrameError) -> [Assignment] {
        guard !groups.isEmpty else { throw FrameError("jobs came without their locks") }
        var jobs = jobs
        for (index, lock) in zip(jobs.indices, groups.removeFirst()) { jobs[index].lock = lock }
        return jobs
    }
}
