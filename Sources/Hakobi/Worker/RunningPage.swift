import CHakobi
import Glibc
package import HakobiCore
import Synchronization

/// Why a page of running jobs could not be made or read.
package struct PageError: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ what: String, _ code: Int32? = nil) {
        description = code.map { "\(what): \(String(cString: strerror($0)))" } ?? what
    }
}

/// What each slot of one process is running, in shared memory: set before and cleared after each handler, and readable by
/// another process, or a later one, whatever ended the writer.
///
/// A page may be a file in an incarnation's runtime directory, where it outlives parent and children that die together.
/// A slot is the writer's alone; the page may be read at any time and from any process.
package final class RunningPage: Sendable {
    /// A job that was being run.
    package struct Entry: Sendable, Hashable {
        package var job: JobID
        package var attempt: Int
        /// By `RunningPage.clock()`.
        package var startedAt: Duration

        package init(job: JobID, attempt: Int, startedAt: Duration) {
            self.job = job
            self.attempt = attempt
            self.startedAt = startedAt
        }
    }

    /// For handing the page to a child; closed with this object.
    package let descriptor: Int32
    /// Jobs that can be noted at once.
    package let slots: Int
    // Set once, mapped until `deinit`, and what is behind it is touched through atomic words only.
    nonisolated(unsafe) private let base: UnsafeMutableRawPointer
    private let length: Int

    /// A header, then slots: a cache line each, so that slots on different cores do not disturb one another.
    private static let line = 64
    private static let magic: UInt64 = 0x3147_5042_4B41_4831
    private static let maxSlots = 1 << 16

    /// Bytes of a page with that many slots.
    package static func bytes(slots: Int) -> Int { line * (slots + 1) }

    /// A new page without a name.
    package static func inMemory(slots: Int) throws(PageError) -> RunningPage {
        let descriptor = hakobi_memfd("hakobi-running", bytes(slots: slots))
        guard descriptor >= 0 else { throw PageError("no shared page can be made", errno) }
        return try RunningPage(formatting: descriptor)
    }

    /// A new page in a file that only this user can read; an old file of that name is replaced.
    package static func create(at path: String, slots: Int) throws(PageError) -> RunningPage {
        unlink(path)
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw PageError("the page \(path) cannot be created", errno) }
        // Space is taken now: a store into a hole of a full file system would end the process by a signal.
        let refused = posix_fallocate(descriptor, 0, off_t(bytes(slots: slots)))
        guard refused == 0 else {
            close(descriptor)
            throw PageError("no space for the page \(path)", refused)
        }
        return try RunningPage(formatting: descriptor)
    }

    /// The page that somebody left at a path, for reading what was running.
    package static func open(_ path: String) throws(PageError) -> RunningPage {
        let descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw PageError("the page \(path) cannot be opened", errno) }
        return try RunningPage(descriptor: descriptor)
    }

    /// Takes over a descriptor of zero bytes and makes a page of it, with as many slots as it has room for.
    package init(formatting descriptor: Int32) throws(PageError) {
        (base, length) = try Self.map(descriptor)
        self.descriptor = descriptor
        slots = min(length / Self.line - 1, Self.maxSlots)
        Self.word(base, 1).pointee.store(UInt64(slots), ordering: .releasing)
        Self.word(base, 0).pointee.store(Self.magic, ordering: .releasing)
    }

    /// Takes over the descriptor of a page that was made elsewhere, as a child does with the one it was given.
    package init(descriptor: Int32) throws(PageError) {
        (base, length) = try Self.map(descriptor)
        self.descriptor = descriptor
        let count = Self.word(base, 1).pointee.load(ordering: .acquiring)
        let isOurs = Self.word(base, 0).pointee.load(ordering: .acquiring) == Self.magic
        // Both are looked at before the memory behind them: a damaged file must not lead a reader outside of it.
        slots = min(Int(truncatingIfNeeded: min(count, UInt64(Self.maxSlots))), length / Self.line - 1)
        guard isOurs, slots == Int(truncatingIfNeeded: count) else {
            throw PageError("the page of running jobs is damaged, or of another release")
        }
    }

    deinit {
        munmap(base, length)
        close(descriptor)
    }

    /// The time that pages are stamped with; one for all processes of a host, and unmoved by a change of date.
    package static func clock() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return .nanoseconds(Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Notes that a slot's handler is about to start. Plain stores: no lock, no allocation, no system call.
    package func set(_ slot: Int, job: JobID, attempt: Int, startedAt: Duration = RunningPage.clock()) {
        let first = firstWord(of: slot)
        // Releasing, so that none of them moves before the `clear` of the job that had the slot.
        Self.word(base, first + 1).pointee.store(job.high, ordering: .releasing)
        Self.word(base, first + 2).pointee.store(job.low, ordering: .releasing)
        Self.word(base, first + 3).pointee.store(UInt64(bitPattern: Int64(attempt)), ordering: .releasing)
        let nanoseconds = UInt64(max(1, startedAt.wholeNanoseconds))
        Self.word(base, first).pointee.store(nanoseconds, ordering: .sequentiallyConsistent)
    }

    /// Notes that the handler of a numbered job has begun; numbers rise. What began, no longer shows in a slot and was
    /// never heard of again has ended untold.
    package func note(begun number: UInt64) {
        Self.word(base, 2).pointee.max(number, ordering: .sequentiallyConsistent)
    }

    /// The largest number noted; 0 when none was.
    package var lastBegun: UInt64 { Self.word(base, 2).pointee.load(ordering: .sequentiallyConsistent) }

    /// Notes that a slot's handler has ended.
    package func clear(_ slot: Int) {
        Self.word(base, firstWord(of: slot)).pointee.store(0, ordering: .sequentiallyConsistent)
    }

    /// Notes that nothing runs: what a process says when it leaves in good order.
    package func clearAll() {
        for slot in 0..<slots { clear(slot) }
    }

    /// What a slot is running, if anything. A slot that changes while it is looked at is looked at again.
    package func entry(_ slot: Int) -> Entry? {
        let first = firstWord(of: slot)
        for _ in 0..<64 {
            let started = Self.word(base, first).pointee.load(ordering: .sequentiallyConsistent)
            guard started != 0 else { return nil }
            let high = Self.word(base, first + 1).pointee.load(ordering: .acquiring)
            let low = Self.word(base, first + 2).pointee.load(ordering: .acquiring)
            let attempt = Self.word(base, first + 3).pointee.load(ordering: .acquiring)
            guard Self.word(base, first).pointee.load(ordering: .sequentiallyConsistent) == started else { continue }
            return Entry(
                job: JobID(high: high, low: low), attempt: Int(Int64(bitPattern: attempt)),
                startedAt: .nanoseconds(Int64(truncatingIfNeeded: started)))
        }
        return nil
    }

    /// All that is running, by slot.
    package func running() -> [Entry] { (0..<slots).compactMap(entry) }

    private func firstWord(of slot: Int) -> Int {
        precondition((0..<slots).contains(slot), "slot \(slot) of \(slots)")
        return (slot + 1) * Self.line / 8
    }

    private static func word(_ base: UnsafeMutableRawPointer, _ index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        (base + index * 8).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// The whole file as memory; on failure the descriptor is closed.
    private static func map(_ descriptor: Int32) throws(PageError) -> (UnsafeMutableRawPointer, Int) {
        var status = stat()
        var code = fstat(descriptor, &status) == 0 ? 0 : errno
        let length = Int(status.st_size)
        if code == 0 && length >= 2 * line {
            let base = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
            if let base, base != MAP_FAILED { return (base, length) }
            code = errno
        }
        close(descriptor)
        throw PageError("descriptor \(descriptor) is no page of running jobs", code == 0 ? nil : code)
    }
}

extension Duration {
    /// Whole nanoseconds, rounded towards zero and saturated at the ends of `Int64`.
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        return whole &+ attoseconds / 1_000_000_000
    }
}
