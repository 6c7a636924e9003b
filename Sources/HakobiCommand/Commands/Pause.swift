import ArgumentParser
import Hakobi
import HakobiPrograms

struct Pause: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Stop claims from queues; running jobs go on, and waiting ones wait.")
    @OptionGroup var flags: QueueFlags

    func run(in program: Program) async throws {
        try await flags.run(in: program, "paused") { queues, name in try await queues.pause(name) }
    }
}

struct Resume: Verb {
    static let configuration = CommandConfiguration(abstract: "Let claims from paused queues go on.")
    @OptionGroup var flags: QueueFlags

    func run(in program: Program) async throws {
        try await flags.run(in: program, "open") { queues, name in try await queues.resume(name) }
    }
}

/// Which queues to switch.
struct QueueFlags: ParsableArguments {
    @Argument(help: "The queues' names.") var queues: [String]
    @OptionGroup(title: "Store") var store: StoreOptions
    @Flag(help: "Print one JSON object a queue.") var json = false

    func run(
        in program: Program, _ word: String, _ turn: (any QueueSwitch, QueueName) async throws -> Void
    ) async throws {
        var flags = FlagReader()
        let names = queues.compactMap { flags.read($0, "queue", Reading.queue) }
        try flags.check()
        try await store.withStore(in: program, .use) { roles in
            let turner = try roles.need(\.queues, to: "pause queues")
            let known = try await Self.known(roles)
            for name in names {
                try await turn(turner, name)
                if !known.contains(name) { Self.doubt(name, known) }
                if json {
                    Output.print(.object([("queue", .text(name)), ("paused", .bool(word == "paused"))]))
                } else {
                    Output.print("\(name)  \(word)")
                }
            }
            roles.wakeUps?.nudge()
        }
    }

    private static func known(_ roles: StoreRoles) async throws -> Set<QueueName> {
        let paused = try await roles.queues?.pausedQueues() ?? []
        return Set(try await roles.reader?.stats().lanes.map(\.queue) ?? []).union(paused).union([.default])
    }

    /// Allowed, because a queue may be paused before its first job; said, because it may be a slip of the finger.
    private static func doubt(_ name: QueueName, _ known: Set<QueueName>) {
        let near = Spelling.nearest(to: name.description, among: known.map(\.description))
        Output.error("queue \"\(name)\" has no jobs yet" + (near.map { ": did you mean \"\($0)\"?" } ?? ""))
    }
}
