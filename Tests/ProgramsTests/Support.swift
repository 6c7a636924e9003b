import CHakobi
import Foundation
import Hakobi
import HakobiCore
import Logging
import Synchronization
import Testing

@testable import HakobiPrograms

/// What the tests' programs are, beside the sources.
enum Place {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    static func misbehaving(_ mode: String) -> String { "python3 \(root)/Tests/Fixtures/Workers/misbehave.py \(mode)" }
}

/// A folder of a test's own, gone with it; programs are started there.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/hakobi-programs-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func read(_ name: String) -> String { (try? String(contentsOfFile: path + "/" + name, encoding: .utf8)) ?? "" }
}

/// Keeps what is logged.
final class LogBook: Sendable {
    fileprivate let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }
}

private struct BookHandler: LogHandler {
    let book: LogBook
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
        book.lines.withLock { $0.append("\(event.level) \(event.message) \(fields)") }
    }
}

/// What a running job reports, and whether the service drains.
final class Desk: JobLink {
    let reports = Mutex<[(HakobiCore.Progress?, [UInt8]?)]>([])
    let drains = Mutex(false)

    var isDraining: Bool { drains.withLock { $0 } }

    func report(_ lease: Lease, progress: HakobiCore.Progress?, checkpoint: [UInt8]?) {
        reports.withLock { $0.append((progress, checkpoint)) }
    }
}

/// Worker programs with an engine around them, but without a store.
final class Workshop: Sendable {
    let folder: Folder
    let book = LogBook()
    let desk = Desk()
    private let programs: WorkerPrograms
    private let execution: JobExecution
    let stop = Mutex<StopReason?>(nil)

    init(_ commands: [String], slots: Int = 1, limits: ProgramLimits = ProgramLimits()) async throws {
        folder = try Folder()
        let book = book
        let logger = Logger(label: "test") { _ in BookHandler(book: book) }
        let house = ProgramHouse(
            environment: ProgramEnvironment.inherited(ProcessInfo.processInfo.environment), crashBudget: 3,
            limits: limits, logger: logger)
        let place = folder.path
        programs = try await WorkerPrograms.start(commands.map { "cd \(place) && exec \($0)" }, slots: slots, house)
        var handlers = Handlers()
        programs.register(in: &handlers)
        execution = JobExecution(
            handlers: handlers, identity: ProcessIdentity(host: "here", release: "test"), logger: logger)
    }

    func job(_ kind: String, _ payload: Payload) throws -> ClaimedJob {
        let now = WallClock.now()
        let lease = Lease(
            job: JobIDs.next(), row: 1, attempt: 1, owner: Owner(node: "here", boot: "b", incarnation: "i"))
        return ClaimedJob(
            lease: lease, kind: try Kind(kind), queue: .default, payload: payload, priority: 5, failures: 0, crashes: 0,
            maxFailures: 10, limits: TimeLimits(), metadata: ["trace": "t"], checkpoint: nil, isSuspect: false,
            createdAt: now, dueAt: now, claimedAt: now)
    }

    /// Runs one job to its settlement.
    func run(_ kind: String = "x", _ payload: Payload = Payload(Array("{}".utf8))) async throws -> Settlement {
        await execution.run(try job(kind, payload), link: desk) { self.stop.withLock { $0 } }
    }

    /// Runs one job that is to be completed without a result.
    func completes(_ kind: String = "x") async throws {
        let outcome = try await run(kind).outcome
        #expect(outcome == .completed(result: nil), "\(book.text)")
    }

    func close() async { await programs.close() }
}

/// Opens a workshop, and closes it whatever happens.
func workshop(
    _ commands: [String], slots: Int = 1, limits: ProgramLimits = ProgramLimits(),
    _ body: (Workshop) async throws -> Void
) async throws {
    let workshop = try await Workshop(commands, slots: slots, limits: limits)
    do {
        try await body(workshop)
    } catch {
        await workshop.close()
        throw error
    }
    await workshop.close()
}

func until(_ seconds: Double = 30, _ condition: () -> Bool) async {
    let end = Date().addingTimeInterval(seconds)
    // What is awaited happens in other processes, which ring no bell of ours.
    while Date() < end, !condition() { try? await Task.sleep(for: .milliseconds(10)) }
}
