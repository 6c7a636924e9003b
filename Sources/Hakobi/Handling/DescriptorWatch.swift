import CHakobi
import Glibc
import Synchronization

/// Notices what a job opened and left open, in a process that runs one job at a time and little else.
///
/// After a job it asks the kernel how many descriptors there are, for a microsecond; only when their number has changed
/// it lists them. Beside other jobs nobody could say whose a descriptor is, so it is not for those.
package final class DescriptorWatch: Sendable {
    private struct State {
        var looks: DescriptorLooks
        /// What was open at the last look; `nil` before the first job.
        var known: Set<Int32>?
    }

    /// /proc/self/fd, held open: its size is the number of descriptors since Linux 6.2, and 0 before.
    private let directory: Int32
    private let house: HouseDescriptors
    private let state: Mutex<State>

    /// Watches this process from its next job on, but for the descriptors of the house.
    package init(besides house: HouseDescriptors = HouseDescriptors()) {
        self.house = house
        directory = Glibc.open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        let canCount = Self.count(directory) != nil
        state = Mutex(State(looks: DescriptorLooks(cost: .microseconds(canCount ? 1 : 15))))
    }

    deinit { if directory >= 0 { close(directory) } }

    /// To be called when a job begins: what is open before the first one is the process's own.
    func jobBegins() {
        state.withLock { if $0.known == nil { $0.known = openByJobs() } }
    }

    /// What this job left, or one of the jobs before it that nobody looked at; mostly nobody looks.
    func jobEnded(ran: Duration, now: Duration) -> Found? {
        state.withLock { state in
            guard state.looks.isDue(ran: ran, now: now), let known = state.known else { return nil }
            guard !isUnchanged(known) else {
                state.looks.saw(nothing: true, now: now)
                return nil
            }
            let open = openByJobs()
            state.known = open
            let leaks = open.subtracting(known).sorted().compactMap { number in
                Self.target(of: number).flatMap { Leak(descriptor: number, target: $0) }
            }
            let others = state.looks.saw(nothing: leaks.isEmpty, now: now)
            return leaks.isEmpty ? nil : Found(leaks: leaks, others: others)
        }
    }

    private func isUnchanged(_ known: Set<Int32>) -> Bool {
        house.look { Self.count(directory) == known.count + $0.count }
    }

    private func openByJobs() -> Set<Int32> { house.look { Set(Self.open()).subtracting($0) } }

    /// What was found at one look.
    struct Found: Sendable, Hashable {
        let leaks: [Leak]
        /// Jobs before this one that may have done it as well.
        let others: Int
    }

    private static func count(_ directory: Int32) -> Int? {
        var status = stat()
        guard fstat(directory, &status) == 0, status.st_size > 0 else { return nil }
        return Int(status.st_size)
    }

    /// The numbers of all open descriptors.
    private static func open() -> [Int32] {
        guard let stream = opendir("/proc/self/fd") else { return [] }
        defer { closedir(stream) }
        let own = dirfd(stream)
        var numbers: [Int32] = []
        while let name = hakobi_next_name(stream) {
            // No `String` a descriptor: this may be between two jobs.
            let number = Int32(strtol(name, nil, 10))
            if number != own { numbers.append(number) }
        }
        return numbers
    }

    private static func target(of descriptor: Int32) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
    }
}

/// After which jobs to look: so seldom that it costs no job more than a hundredth, so often that nothing is overlooked.
///
/// A job that ran for a hundred times the cost of a look is looked at, and any job 10 ms after the last look. What quick
/// jobs in between left is seen then, and the jobs that come next are looked at one by one, since who leaks leaks again.
struct DescriptorLooks: Sendable {
    private let cost: Duration
    private var lastLook: Duration?
    private var skipped = 0
    private var closely = 0

    init(cost: Duration) { self.cost = cost }

    /// Whether to look now that a job has ended.
    mutating func isDue(ran: Duration, now: Duration) -> Bool {
        let isDue = closely > 0 || ran >= cost * 100 || lastLook.map { now - $0 >= .milliseconds(10) } ?? true
        if !isDue { skipped += 1 }
        return isDue
    }

    /// Notes a look; answers how many jobs have ended since the last one, beside the one that has just ended.
    @discardableResult
    mutating func saw(nothing: Bool, now: Duration) -> Int {
        defer { skipped = 0 }
        lastLook = now
        closely = !nothing && skipped > 0 ? 100 : max(0, closely - 1)
        return skipped
    }
}

/// One thing that a job left open.
package struct Leak: Sendable, Hashable, CustomStringConvertible {
    /// What it is, as far as the kernel tells.
    package enum What: String, Sendable, Hashable, CaseIterable {
        case connection
        /// A file without a name any more: one of a temporary directory that is gone, or one made to have none.
        case temporaryFile = "temporary-file"
        case descriptor
    }

    package let what: What
    package let descriptor: Int32
    /// As /proc/self/fd names it.
    package let target: String

    /// `nil` for what runtimes open once for all jobs: the timers and event queues of Dispatch and SwiftNIO.
    package init?(descriptor: Int32, target: String) {
        let runtimes = ["anon_inode:[eventpoll]", "anon_inode:[eventfd]", "anon_inode:[timerfd]"]
        guard !runtimes.contains(target) else { return nil }
        self.descriptor = descriptor
        self.target = target
        what = target.hasPrefix("socket:") ? .connection : target.hasSuffix(" (deleted)") ? .temporaryFile : .descriptor
    }

    package var description: String { "\(what.rawValue) \(descriptor) -> \(target)" }
}
