import Foundation
import Glibc
import HakobiPrefork
import Testing

/// USR2: a whole new parent beside the old one.
@Suite(.timeLimit(.minutes(1)))
struct UpgradeTests {
    @Test("the new parent serves before the old one goes, and systemd is told who it is", arguments: ["", "work"])
    func replaces(work: String) async throws {
        let socket = try NotifySocket(abstract: true)
        let parent = try ParentFixture(
            mode: "slow", work: work.isEmpty ? nil : work, environment: ["NOTIFY_SOCKET": socket.name])
        try await parent.heard("ready", times: 2)
        parent.signal(SIGUSR2)
        try await parent.heard("end replaced")
        let line = try #require(parent.lines.first { $0.hasSuffix("replaces \(parent.pid)") })
        let successor = try #require(Int32(line.split(separator: " ")[1]))
        let lines = parent.lines
        // All four were ready before the first of the old ones was asked to leave.
        let firstRetired = try #require(lines.firstIndex { $0.hasPrefix("retire") })
        #expect(lines[..<firstRetired].count { $0.hasPrefix("ready ") } == 4)
        #expect(lines.contains("end replaced(by: \(successor))"))
        #expect(await socket.through("MAINPID").last == "MAINPID=\(successor)")
        kill(successor, SIGTERM)
        await parent.over()
        #expect(parent.lines.last == "end drained")
    }

    @Test("a new parent that dies before it is ready leaves the old one serving")
    func fails() async throws {
        let path = Self.replaceableProgram()
        defer { unlink(path) }
        let parent = try ParentFixture(path: path)
        try await parent.heard("ready", times: 2)
        unlink(path)
        parent.signal(SIGUSR2)
        try await parent.heard("critical: the new parent failed")
        #expect(symlink("/bin/false", path) == 0)
        parent.signal(SIGUSR2)
        try await parent.heard("critical: the new parent failed", times: 2)
        // And the next one is a new chance.
        unlink(path)
        #expect(symlink(Program.supervisor, path) == 0)
        parent.signal(SIGUSR2)
        try await parent.heard("end replaced")
        let line = try #require(parent.lines.first { $0.hasSuffix("replaces \(parent.pid)") })
        kill(try #require(Int32(line.split(separator: " ")[1])), SIGTERM)
        await parent.over()
        #expect(parent.lines.last == "end drained")
    }

    @Test("a new parent that gives up has left before its failure is said, so that the next one cannot be taken for it")
    func leavesFirst() async throws {
        let path = Self.replaceableProgram()
        defer { unlink(path) }
        let parent = try ParentFixture(path: path)
        try await parent.heard("ready", times: 2)
        unlink(path)
        // Not written here: a child that another test starts meanwhile may have the file open, and then nobody can run it.
        let slow = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/leaves-slowly.sh")
        #expect(symlink(slow.standardized.path, path) == 0)
        parent.signal(SIGUSR2)
        try await parent.heard("critical: the new parent failed")
        let line = try #require(parent.lines.first { $0.hasPrefix("critical: the new parent failed") })
        let pid = try #require(line.split(separator: " ").compactMap { Int32($0) }.first)
        #expect(kill(pid, 0) != 0)
        parent.signal(SIGTERM)
        await parent.over()
    }

    /// A path that leads to the supervisor until a test puts something else there.
    private static func replaceableProgram() -> String {
        let path = "/tmp/hakobi-upgrade-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        #expect(symlink(Program.supervisor, path) == 0)
        return path
    }
}
