import Glibc
import HakobiTestKit
import Testing

@testable import Hakobi

/// A job's temporary directory goes with the job, whoever ends it.
@Suite(.timeLimit(.minutes(1)))
struct TemporaryDirectoryTests {
    private let house = House()
    private let root: TemporaryRoot

    init() throws { root = try TemporaryRoot() }

    private func run(_ body: @escaping @Sendable (JobContext) async throws -> Void) async throws {
        var handlers = Handlers()
        handlers.on(Greet.self) { _, context in try await body(context) }
        try await house.client.enqueue(Greet(name: "Ada"))
        try await house.runOnce(handlers) { $0.temporaryRoot = root.path }
    }

    @Test(arguments: [true, false]) func itIsPrivateAndGoesWithAllThatIsInIt(succeeds: Bool) async throws {
        let kept = Kept<[String]>()
        try await run { context in
            let paths = [try context.temporaryDirectory(), try context.temporaryDirectory()]
            kept.set(paths)
            for path in paths {
                var status = stat()
                #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o700)
                #expect(mkdir("\(path)/deep", 0o700) == 0)
                close(open("\(path)/deep/file", O_CREAT | O_WRONLY, 0o600))
                symlink("/etc", "\(path)/link")
            }
            if !succeeds { throw GiveUp("no") }
        }
        let paths = try #require(kept.value)
        #expect(Set(paths).count == 2)
        #expect(paths.allSatisfy { access($0, F_OK) != 0 })
        #expect(root.names.isEmpty)
        #expect(access("/etc/passwd", F_OK) == 0)
    }

    @Test func aHandlerMayRemoveItItself() async throws {
        try await run { context in
            let path = try context.temporaryDirectory()
            #expect(rmdir(path) == 0)
        }
        #expect(house.lines.with("closing").isEmpty)
    }

    @Test func whatADeadProcessLeftIsSweptAndALiveOnesIsNot() throws {
        let live = try TemporaryDirectory.make(in: root.path, named: "live")
        // A directory nobody has locked is what a death leaves.
        let dead = "\(root.house)/dead"
        #expect(mkdir(dead, 0o700) == 0)
        close(open("\(dead)/file", O_CREAT | O_WRONLY, 0o600))
        #expect(TemporaryDirectory.sweep(root.path) == 1)
        #expect(access(dead, F_OK) != 0 && access(live.path, F_OK) == 0)
        try live.remove()
        #expect(TemporaryDirectory.sweep(root.path) == 0)
        #expect(root.names.isEmpty)
    }

    @Test func theHousekeeperSweeps() async throws {
        #expect(mkdir(root.house, 0o700) == 0)
        #expect(mkdir("\(root.house)/dead", 0o700) == 0)
        var handlers = Handlers()
        handlers.on(Greet.self) { _, _ in }
        let worker = try house.worker(handlers) { $0.temporaryRoot = root.path }
        try await house.during(worker) { await eventually { root.names.isEmpty } }
        #expect(house.lines.with("temporary directories").map { $0.metadata["count"] } == ["1"])
    }

    @Test func aPlaceThatWillNotDoIsASentence() async throws {
        let error = #expect(throws: TemporaryDirectoryError.self) {
            _ = try TemporaryDirectory.make(in: "/nowhere", named: "x")
        }
        #expect(error?.description.contains("/nowhere/hakobi-\(getuid()): No such file or directory") == true)
    }
}

/// A place for temporary directories, removed at the end of a test.
final class TemporaryRoot: Sendable {
    let path: String

    init() throws {
        path = "/dev/shm/hakobi-temporary-tests-\(getpid())-\(UInt32.random(in: .min ... .max))"
        try #require(mkdir(path, 0o700) == 0)
    }

    deinit {
        rmdir(house)
        rmdir(path)
    }

    var house: String { "\(path)/hakobi-\(getuid())" }
    var names: [String] { PrivateDirectory.entries(of: house) ?? [] }
}
