import HakobiCore

/// What the two ends of a pipe agree on.
///
/// A frame is a length (4 bytes), a tag (1 byte) and a body. The parent speaks first, with the range of versions it knows;
/// the child answers with the version it picked, and both speak that one from then on.
///
/// ```
/// parent: welcome                jobs  jobs          cancel  recall           drain   (closes)
/// child:           hello               outcomes  news  outcomes   returned   outcomes        (leaves)
/// ```
enum PipeProtocol {
    /// Version 1 had no limits in its hello. It was never released: it is spoken so that the next change of the protocol
    /// finds a neighbour's path that has been walked.
    /// Version 3 can tell of jobs that their handlers have settled; version 4 lends the locks of leases, and can tell of jobs
    /// of which a handler's own process died.
    static let oldest: UInt16 = 1
    static let newest: UInt16 = 4
    /// No frame is longer: 64 times the largest payload. A longer one is taken for nonsense.
    static let maxFrame = 64 << 20

    /// The version to speak with a parent that knows `theirs`, if there is one.
    static func common(with theirs: ClosedRange<UInt16>) -> UInt16? {
        let version = min(newest, theirs.upperBound)
        return version >= max(oldest, theirs.lowerBound) ? version : nil
    }
}

/// The first byte of a frame. Numbers are never used again.
enum FrameTag: UInt8, Sendable {
    // Parent to child.
    case welcome = 1
    case jobs = 2
    case cancel = 3
    case recall = 4
    case drain = 5
    /// As `jobs`, and beside the frame's first byte the locks of their leases (SCM_RIGHTS), in their order. The last ones
    /// are missing when the child has no room for them; the parent keeps its own copies until the jobs are settled.
    case jobsWithLocks = 6
    // Child to parent.
    case hello = 65
    case outcomes = 66
    case news = 67
    case returned = 68
}

/// A job's name on one pipe: unlike a job id it tells apart two attempts of one job in one process.
typealias Ticket = UInt64

/// The parent's first word.
struct Welcome: Sendable, Hashable {
    var versions = PipeProtocol.oldest...PipeProtocol.newest
    var generation: Int
    var concurrency: Int
    var isLonely: Bool
    /// The service is draining already.
    var isDraining: Bool
    /// The host's name in history.
    var host: String
    /// The application's own settings; nobody but the child's program reads them.
    var settings: [UInt8]

    func write(to writer: inout ByteWriter) {
        writer.frame(.welcome) { frame in
            frame.put(versions.lowerBound)
            frame.put(versions.upperBound)
            frame.put(Int64(generation))
            frame.put(UInt32(clamping: concurrency))
            frame.put(UInt8(isLonely ? 1 : 0))
            frame.put(UInt8(isDraining ? 1 : 0))
            frame.put(host)
            frame.put(settings)
        }
    }

    static func read(_ reader: inout ByteReader) throws(FrameError) -> Welcome {
        let oldest = try reader.integer(UInt16.self)
        let newest = try reader.integer(UInt16.self)
        guard oldest <= newest else { throw FrameError("the parent speaks versions \(oldest) to \(newest)") }
        return Welcome(
            versions: oldest...newest, generation: Int(try reader.integer(Int64.self)),
            concurrency: max(1, Int(try reader.integer(UInt32.self))), isLonely: try reader.flag(),
            isDraining: try reader.flag(), host: try reader.text(), settings: try reader.blob())
    }
}

/// The child's first word: it is ready, and this is what it can do.
struct Hello: Sendable, Hashable {
    struct Offer: Sendable, Hashable {
        var kind: Kind
        var limits: TimeLimits
    }

    var version: UInt16 = PipeProtocol.newest
    var pid: Int32
    var release: String
    /// Jobs name their kind by its place in this list.
    var offers: [Offer]

    func write(to writer: inout ByteWriter) {
        writer.frame(.hello) { frame in
            frame.put(version)
            frame.put(pid)
            frame.put(release)
            frame.put(UInt32(offers.count))
            for offer in offers {
                frame.put(offer.kind.description)
                guard version >= 2 else { continue }
                frame.put(offer.limits)
            }
        }
    }

    static func read(_ reader: inout ByteReader) throws(FrameError) -> Hello {
        let version = try reader.integer(UInt16.self)
        guard (PipeProtocol.oldest...PipeProtocol.newest).contains(version) else {
            throw FrameError(
                "a child speaks version \(version) of the pipe; this parent speaks "
                    + "\(PipeProtocol.oldest) to \(PipeProtocol.newest)")
        }
        var hello = Hello(
            version: version, pid: try reader.integer(), release: try reader.text(), offers: [])
        for _ in 0..<(try reader.count(ofAtLeast: 4)) {
            let kind = try reader.named(Kind.init)
            hello.offers.append(Offer(kind: kind, limits: version >= 2 ? try reader.limits() : TimeLimits()))
        }
        try reader.end()
        guard hello.offers.count <= Int(UInt16.max) else { throw FrameError("a child has too many kinds") }
        return hello
    }
}
