import CHakobi
import Glibc
import HakobiPrefork
import SupervisorFixtures
import Testing

/// What a worker process has from its parent, and what it must not have.
@Suite(.timeLimit(.minutes(1)))
struct InheritanceTests {
    /// What the fixture says of itself.
    func report(_ command: ProcessCommand) async throws -> [String] {
        var lines: [String] = []
        try await supervising(SupervisorPolicy(processes: 1), command) { _, feeder in
            await feeder.until { $0.ready.count == 1 }
            lines = feeder.record.ready[0].lines
        }
        return lines
    }

    @Test("has standard streams, pipe and page, and no other descriptor")
    func descriptors() async throws {
        // Neither a descriptor without close-on-exec nor one with a high number gets through.
        let leaky = open("/dev/null", O_RDONLY)
        let high = dup2(leaky, 200)
        defer {
            close(leaky)
            close(high)
        }
        #expect(try await report(command("report")).contains("fds 0 1 2 3 4 "))
    }

    @Test("has the shared descriptors it was given, after the page, in order")
    func shared() async throws {
        let first = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(first) }
        var command = command("report")
        command.sharedDescriptors = [first, first]
        let lines = try await report(command)
        #expect(lines.contains("fds 0 1 2 3 4 5 6 "))
        #expect(lines.contains("env HAKOBI_WORKER_FD=3"))
    }

    @Test("blocks and ignores no signal, though the thread that asked for it does")
    func signals() async throws {
        let lines = try await report(command("report"))
        #expect(lines.contains("SigBlk:\t0000000000000000"))
        // 32 and 33 are glibc's own, which its posix_spawn always leaves ignored.
        #expect(lines.contains("SigIgn:\t0000000180000000") || lines.contains("SigIgn:\t0000000000000000"))
        #expect(lines.contains("group own"))
    }

    @Test("has the environment it was given, with backtraces off, and nothing of the parent's")
    func environment() async throws {
        let lines = try await report(command("report", environment: ["COLOUR": "blue"]))
        let found = lines.filter { $0.hasPrefix("env ") }.sorted()
        #expect(found == ["env COLOUR=blue", "env HAKOBI_WORKER_FD=3", "env SWIFT_BACKTRACE=enable=no"])
        var chatty = command("report")
        chatty.printsBacktraces = true
        #expect(try await report(chatty).contains { $0.hasPrefix("env SWIFT_BACKTRACE") } == false)
    }

    @Test("runs where it was told to")
    func directory() async throws {
        var command = command("report")
        command.directory = "/usr"
        #expect(try await report(command).contains("cwd /usr"))
    }

    @Test("keeps the listening sockets of systemd and Server::Starter under their numbers, when asked")
    func listenSockets() async throws {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let kept = hakobi_dup_above(socket, 20)
        defer {
            close(socket)
            close(kept)
        }
        var command = command(
            "report", environment: ["SERVER_STARTER_PORT": "127.0.0.1:80=\(kept)", "LISTEN_PID": "1"])
        let without = try await report(command)
        #expect(without.contains("fds 0 1 2 3 4 "))
        #expect(!without.contains { $0.hasPrefix("env SERVER_STARTER_PORT") })
        command.passesListenSockets = true
        let with = try await report(command)
        #expect(with.contains("fds 0 1 2 \(kept) \(kept + 1) \(kept + 2) "))
        #expect(with.contains("env HAKOBI_WORKER_FD=\(kept + 1)"))
        #expect(with.contains("env SERVER_STARTER_PORT=127.0.0.1:80=\(kept)"))
        #expect(!with.contains { $0.hasPrefix("env LISTEN_PID") })
    }

    @Test("a worker process is known by the socket behind its variable, not by the variable")
    func recognised() {
        #expect(WorkerDescriptors.inherited(environment: [:]) == nil)
        #expect(WorkerDescriptors.inherited(environment: [WorkerDescriptors.variable: "1"]) == nil)
        var ends: [Int32] = [-1, -1]
        #expect(hakobi_socketpair(&ends) == 0)
        defer { for end in ends { close(end) } }
        let found = WorkerDescriptors.inherited(environment: [WorkerDescriptors.variable: String(ends[0])])
        #expect(found?.pipe == ends[0] && found?.page == ends[0] + 1 && found?.shared == ends[0] + 2)
    }
}
