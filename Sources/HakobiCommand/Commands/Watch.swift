import ArgumentParser
import Glibc
import Hakobi
import HakobiPrograms

struct Watch: Verb {
    static let configuration = CommandConfiguration(
        abstract: "A live view of queues, rates, processes and what went wrong; q leaves.",
        discussion: "Without a terminal it prints plain snapshots, one after the other.")
    @Option(parsing: .unconditional, help: "Time between two looks (default 1s).") var interval: String?
    @Option(parsing: .unconditional, help: "Leave after so many looks (default: never).") var count: String?
    @OptionGroup(title: "Store") var store: StoreOptions
    @Flag(help: "Print one JSON object a look, as stats does.") var json = false

    func run(in program: Program) async throws {
        var flags = FlagReader()
        let interval = flags.read(interval, "--interval", DurationText.read) ?? .seconds(1)
        let count = flags.read(count, "--count") { text throws(Unreadable) in try Reading.count(text, from: 1) }
        if interval < .milliseconds(100) { flags.problems.append("--interval must be 100ms or more") }
        try flags.check()
        let place = try store.location(in: program).description
        try await store.withStore(in: program, .use) { roles in
            let look = WatchLook(roles: roles, place: place)
            if !json, let terminal = Terminal() {
                defer { terminal.restore() }
                try await Self.show(on: terminal, look, interval, count)
            } else {
                try await print(look, interval, count)
            }
        }
    }

    private static func show(on terminal: Terminal, _ look: WatchLook, _ interval: Duration, _ count: Int?) async throws
    {
        var before: WatchSnapshot?
        var looks = 0
        while count.map({ looks < $0 }) ?? true {
            let now = try await look.snapshot()
            let size = terminal.size
            terminal.draw(WatchFrame.lines(now, after: before, width: size.width, height: size.height))
            before = now
            looks += 1
            if terminal.wantsToLeave(within: Int32(interval / .milliseconds(1))) { return }
        }
    }

    private func print(_ look: WatchLook, _ interval: Duration, _ count: Int?) async throws {
        var before: WatchSnapshot?
        var looks = 0
        while true {
            let now = try await look.snapshot()
            if json {
                Output.print(StatsOutput.json(now.stats, paused: now.paused))
            } else {
                let lines = WatchFrame.lines(now, after: before, width: 200, height: 60)
                Output.print(lines.joined(separator: "\n") + "\n")
            }
            before = now
            looks += 1
            if let count, looks >= count { return }
            try await Task.sleep(for: interval)
        }
    }
}

/// Takes snapshots.
struct WatchLook: Sendable {
    let roles: StoreRoles
    let place: String

    func snapshot() async throws -> WatchSnapshot {
        let reader = try roles.need(\.reader, to: "be watched")
        var dead: [JobRecord] = []
        for job in try await reader.jobs(matching: JobFilter(state: .dead), limit: 3, before: nil) {
            // The list has no histories; the few that are shown are read whole.
            if let whole = try await reader.job(job.id) { dead.append(whole) }
        }
        return WatchSnapshot(
            place: place, stats: try await reader.stats(), paused: try await roles.queues?.pausedQueues() ?? [],
            processes: ProcessLine.all(of: try await roles.registry?.workers() ?? [], now: WallClock.now()),
            running: try await reader.jobs(matching: JobFilter(state: .running), limit: 50, before: nil), dead: dead)
    }
}
