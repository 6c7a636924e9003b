import Glibc
import Hakobi
import HakobiCommand
import HakobiMaildir
import Synchronization

/// Handlers that behave, and handlers that do not.
struct CrashJobs: HakobiApp {
    /// A test makes a second build of this program by writing another word over this one in a copy of the binary.
    static var release: String { ReleaseMark.text }

    func register(_ handlers: inout Handlers) {
        if let delay = variable("CRASH_SLOW_START").flatMap(Int32.init) { poll(nil, 0, delay) }
        // In worker processes only: the parent, too, registers handlers, to know what there is.
        let isWorker = CommandLine.arguments.first?.hasSuffix(" worker") == true
        if isWorker, variable("CRASH_BROKEN_START").map({ access($0, F_OK) == 0 }) == true { exit(9) }
        Self.registerGood(&handlers)
        Self.registerBad(&handlers)
        Self.registerMail(&handlers)
    }

    /// A mail says in its head what is to be done with it.
    private static func registerMail(_ handlers: inout Handlers) {
        handlers.on(Mail.self) { mail, context in
            Marks.started(context)
            let message = try mail.open()
            let words = (message["X-Do"] ?? "").split(separator: " ")
            let milliseconds = words.count > 1 ? Int32(words[1]) ?? 0 : 0
            switch words.first {
            case "sleep": try await Task.sleep(for: .milliseconds(milliseconds))
            case "read":
                var (count, sum) = (0, UInt64(0))
                for try await piece in message.body {
                    count += piece.count
                    for byte in piece { sum = sum &* 31 &+ UInt64(byte) }
                }
                Marks.write("body \(context.id) \(count) \(sum)")
            case "block-once": if context.attempt == 1 { poll(nil, 0, milliseconds) }
            default: break
            }
            Marks.finished(context)
        }
    }

    private static func registerGood(_ handlers: inout Handlers) {
        add("ok", to: &handlers) { _, _ in }
        add("sleep", to: &handlers) { milliseconds, _ in try await Task.sleep(for: .milliseconds(milliseconds)) }
        add("fail", to: &handlers) { _, _ in throw RetryLater(.milliseconds(10), error: "as asked") }
        add("fail-once", to: &handlers) { _, context in
            if context.failures == 0 { throw RetryLater(.milliseconds(10), error: "as asked") }
        }
        add("snooze", to: &handlers) { times, context in
            if context.attempt <= times { throw Snooze(.milliseconds(10), reason: "as asked") }
        }
        add("chain", to: &handlers) { links, context in
            if links > 0 { try context.enqueue(Chain(), JobOptions(metadata: ["links": "\(links - 1)"])) }
        }
        handlers.on(Chain.self) { _, context in
            Marks.started(context)
            let links = Int(context.metadata["links"] ?? "0") ?? 0
            if links > 0 { try context.enqueue(Chain(), JobOptions(metadata: ["links": "\(links - 1)"])) }
            Marks.finished(context)
        }
    }

    private static func registerBad(_ handlers: inout Handlers) {
        add("trap", to: &handlers) { _, _ in fatalError("as asked") }
        add("trap-once", to: &handlers) { _, context in if context.attempt == 1 { fatalError("as asked") } }
        add("segv", to: &handlers) { _, _ in UnsafeMutablePointer<Int>(bitPattern: 8)?.pointee = 1 }
        add("exit", to: &handlers) { code, _ in _exit(Int32(code)) }
        // What the kernel does to a process that took all memory.
        add("oom", to: &handlers) { _, _ in kill(getpid(), SIGKILL) }
        add("kill-unit", to: &handlers) { _, _ in
            kill(getppid(), SIGKILL)
            kill(getpid(), SIGKILL)
        }
        add("block", to: &handlers) { milliseconds, _ in poll(nil, 0, Int32(milliseconds)) }
        // Has taken the signal that comes first at a hard limit for itself, as some libraries do.
        add("deaf", to: &handlers) { milliseconds, _ in
            signal(SIGABRT, SIG_IGN)
            poll(nil, 0, Int32(milliseconds))
        }
        // Neither ends nor hears of cancellation, and holds no thread.
        add("hang", to: &handlers) { _, _ in
            await withUnsafeContinuation { (never: UnsafeContinuation<Void, Never>) in Hoard.add(never) }
        }
        add("grow", to: &handlers) { megabytes, _ in
            Hoard.grow(megabytes)
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// A handler that leaves its marks; the payload is a number.
    private static func add(
        _ kind: String, to handlers: inout Handlers, _ body: @escaping @Sendable (Int, JobContext) async throws -> Void
    ) {
        handlers.on(kind: kind) { payload, context in
            Marks.started(context)
            try await body(Int(String(decoding: payload.bytes, as: UTF8.self)) ?? 0, context)
            Marks.finished(context)
        }
    }
}

/// One link; how many follow is in its metadata.
struct Chain: Job {
    static let kind = "link"
}

/// What is never given back.
private enum Hoard {
    private static let continuations = Mutex<[UnsafeContinuation<Void, Never>]>([])
    private static let memory = Mutex<[[UInt8]]>([])

    static func add(_ continuation: UnsafeContinuation<Void, Never>) {
        continuations.withLock { $0.append(continuation) }
    }
    static func grow(_ megabytes: Int) {
        memory.withLock { $0.append([UInt8](repeating: 1, count: megabytes << 20)) }
    }
}

private enum ReleaseMark {
    /// In read-only data as one piece, because it is too long to be kept inline.
    static let text = "crash-app-release-0001"
}
