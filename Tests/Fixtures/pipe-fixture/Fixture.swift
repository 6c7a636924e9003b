import Glibc
import Hakobi
import HakobiPrefork
import Logging

/// A worker process with a handler for each way a job can go.
@main struct Fixture {
    static func main() async {
        var environment: [String: String] = [:]
        if let value = getenv(WorkerDescriptors.variable) {
            environment[WorkerDescriptors.variable] = String(cString: value)
        }
        guard let descriptors = WorkerDescriptors.inherited(environment: environment) else { exit(64) }
        var logger = Logger(label: "fixture") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        var settings = WorkerProcessSettings(release: "fixture-1", logger: logger) { settings, _ in handlers(settings) }
        settings.orphanLimit = .milliseconds(500)
        await WorkerProcessMain.run(descriptors, settings)
    }

    private static func handlers(_ settings: [UInt8]) -> Handlers {
        var handlers = Handlers()
        handlers.on(kind: "nothing") { _, _ in }
        handlers.on(kind: "echo") { payload, context in context.leave(result: payload) }
        handlers.on(kind: "settings") { _, context in context.leave(result: Payload(settings, codec: .raw)) }
        handlers.on(kind: "fail") { payload, _ in
            throw GiveUp(String(decoding: payload.bytes, as: UTF8.self))
        }
        handlers.on(kind: "sleep") { payload, _ in
            try await Task.sleep(for: .milliseconds(number(payload)))
        }
        handlers.on(kind: "block") { payload, _ in usleep(UInt32(number(payload)) * 1000) }
        // Tasks of its own, and a turn of the pool for each.
        handlers.on(kind: "fan") { _, _ in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { await Task.yield() } }
            }
        }
        handlers.on(kind: "limited", HandlerOptions(limits: TimeLimits(soft: .milliseconds(50)))) { _, _ in
            try await Task.sleep(for: .seconds(60))
        }
        // What a program that is started without any care inherits.
        handlers.on(kind: "program") { _, context in
            let text = try run("/bin/ls", ["-l", "/proc/self/fd"])
            context.leave(result: Payload([UInt8](text.utf8), codec: .raw))
        }
        // No descriptor fits into this process any more.
        handlers.on(kind: "narrow") { _, _ in
            let next = dup(0)
            close(next)
            var limit = rlimit(rlim_cur: rlim_t(next), rlim_max: rlim_t(next))
            setrlimit(__rlimit_resource_t(7), &limit)
        }
        addEnds(to: &handlers)
        addTalkers(to: &handlers)
        return handlers
    }

    /// Those that take their process with them.
    private static func addEnds(to handlers: inout Handlers) {
        handlers.on(kind: "hang", HandlerOptions(limits: TimeLimits(hard: .milliseconds(200)))) { _, _ in
            while true { usleep(10_000) }
        }
        handlers.on(kind: "crash") { _, _ in
            let nothing: Int? = nil
            print(nothing!)
        }
        handlers.on(kind: "leave") { _, _ in exit(3) }
    }

    private static func addTalkers(to handlers: inout Handlers) {
        handlers.on(kind: "report") { _, context in
            context.report(progress: Progress(done: 1, total: 2, note: "half"))
            context.save(checkpoint: [1, 2, 3])
            try await Task.sleep(for: .milliseconds(300))
            context.report(progress: Progress(done: 2, total: 2))
        }
        handlers.on(kind: "follow") { _, context in
            var options = JobOptions()
            options.due = .after(.seconds(5))
            options.uniqueKey = UniqueKey(try JobKey("one"), onConflict: .replace)
            try context.enqueue(Next(number: 7), options)
            context.leave(result: Payload([UInt8](String(context.isDraining).utf8), codec: .raw))
        }
        handlers.on(kind: "draining") { _, context in
            while !context.isDraining { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    /// A program's output, through a pipe that is the only thing done for it.
    private static func run(_ path: String, _ arguments: [String]) throws -> String {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0, ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else {
            throw GiveUp("no pipe")
        }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        var argv = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for text in argv { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, path, &actions, nil, &argv, [nil])
        close(ends[1])
        guard code == 0 else { throw GiveUp("cannot start \(path)") }
        defer { waitpid(pid, nil, 0) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += buffer[..<count]
        }
    }

    private static func number(_ payload: Payload) -> Int {
        Int(String(decoding: payload.bytes, as: UTF8.self)) ?? 0
    }
}

struct Next: Job {
    static let kind = "next"
    let number: Int
}
