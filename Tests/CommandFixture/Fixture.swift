import Glibc
import Hakobi
import HakobiCommand
import Logging

/// A user's program for the tests: a handler for each thing that can happen to a job.
@main
struct Fixture: HakobiApp {
    static var release: String { getenv("FIXTURE_RELEASE").map { String(cString: $0) } ?? "fixture-1" }

    init() {
        if getenv("FIXTURE_OWN_LOG") != nil { LoggingSystem.bootstrap { OwnHandler(label: $0) } }
    }

    func register(_ handlers: inout Handlers) {
        handlers.on(kind: "library") { _, _ in Logger(label: "library").notice("seen by a library") }
        handlers.on(Note.self) { job, _ in try append(job.text, to: job.path) }
        handlers.on(kind: "nap") { payload, context in
            let milliseconds = Int(String(decoding: payload.bytes, as: UTF8.self)) ?? 0
            context.report(progress: Progress(done: 1, total: 2, note: "asleep"))
            try await Task.sleep(for: .milliseconds(milliseconds))
        }
        handlers.on(kind: "fail") { _, _ in throw Broken() }
        handlers.on(kind: "trap") { _, _ in fatalError("poison") }
        handlers.on(kind: "leak") { payload, context in
            try leak(String(decoding: payload.bytes, as: UTF8.self), context)
        }
        if getenv("FIXTURE_DUPLICATE") != nil { handlers.on(Note.self) { _, _ in } }
    }
}

/// What a program may have instead of ours.
private struct OwnHandler: LogHandler {
    let label: String
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let line = Array("\(label) says: \(event.message)\n".utf8)
        _ = write(2, line, line.count)
    }
}

/// Writes a line to a file, so that a test sees that it ran, in which process and with what around it.
struct Note: Job {
    static let kind = "note"
    let path: String
    let text: String
}

struct Broken: Error, CustomStringConvertible {
    var description: String { "broken on purpose" }
}

private func append(_ text: String, to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Broken() }
    defer { close(file) }
    let line = Array("\(text) \(getpid()) \(getppid())\n".utf8)
    guard write(file, line, line.count) == line.count else { throw Broken() }
}

/// Leaves something open, or opens it and leaves nothing.
private func leak(_ what: String, _ context: JobContext) throws {
    let directory = try context.temporaryDirectory()
    // Long enough to be looked at.
    usleep(1000)
    switch what {
    case "file": _ = open("/etc/hostname", O_RDONLY)
    case "scratch": _ = open("\(directory)/scratch", O_WRONLY | O_CREAT, 0o600)
    case "socket": _ = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    case "die":
        _ = open("\(directory)/scratch", O_WRONLY | O_CREAT, 0o600)
        kill(getpid(), SIGKILL)
    default: close(open("/etc/hostname", O_RDONLY))
    }
}
