import Foundation
import GRDB
import Glibc
import Testing

@testable import HakobiCommand

@Suite("A store that cannot be used gets a sentence and status 69, and stays as it was")
struct UnfitStoreTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    private var file: String { folder.path + "/hakobi.db" }

    private func fill(_ count: Int = 1) async throws {
        let lines = (1...count).map { "{\"n\":\($0)}" }.joined(separator: "\n")
        #expect(try await hakobi("enqueue", "a", "--lines", in: folder, input: lines).lines.count == count)
    }

    private func bytes() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: file)) }

    /// Another program's connection, which may leave a transaction open.
    private func stranger() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        return try DatabaseQueue(path: file, configuration: configuration)
    }

    /// One sentence, the status, and these words.
    private func expect(_ run: Run, _ status: Int32, _ words: String) {
        #expect(run.status == status && run.errors.count == 1 && run.output.isEmpty, "\(run.output)\(run.error)")
        #expect(run.error.hasPrefix("hakobi: ") && run.error.contains(words), "\(run.error)")
    }

    @Test(arguments: [
        ["jobs"], ["enqueue", "a"], ["up", "--exec", "a=cat", "--once"], ["migrate"], ["retry", "--all"],
    ])
    func aSchemaThatIsTooNew(_ arguments: [String]) async throws {
        try await fill()
        try await DatabaseQueue(path: file).write {
            try $0.execute(sql: "UPDATE hakobi_schema SET version = 9, oldest_reader = 9, oldest_writer = 9")
        }
        let run = try await Running(Built.hakobi, arguments, in: folder).end()
        #expect(run.status == 69 && run.output.isEmpty, "\(run.error)")
        #expect(run.errors.last?.contains("schema is version 9") == true, "\(run.error)")
        #expect(run.errors.count { $0.hasPrefix("hakobi: ") } == 1, "\(run.error)")
    }

    @Test func anotherProgramsTransactionIsWaitedForOnlySoLong() async throws {
        try await fill()
        let other = try stranger()
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE") }
        let place = "sqlite:hakobi.db?busy-timeout=200ms"
        expect(try await hakobi("enqueue", "a", "--store", place, in: folder), 69, "held by another writer")
        expect(try await hakobi("cancel", "--all", "--store", place, in: folder), 69, "held by another writer")
        // Who only looks waits for no writer.
        #expect(try await hakobi("jobs", "--store", place, in: folder).lines.count == 2)
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        #expect(try await hakobi("jobs", "--json", in: folder).lines.count == 1)
    }

    @Test func aDatabaseInTheOldModeThatIsLockedIsLeftAlone() async throws {
        let other = try stranger()
        try await other.writeWithoutTransaction { try $0.execute(sql: "CREATE TABLE mine (a); BEGIN EXCLUSIVE") }
        let place = "sqlite:hakobi.db?busy-timeout=200ms"
        expect(try await hakobi("enqueue", "a", "--store", place, in: folder), 69, "held by another writer")
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        #expect(try await other.read { try $0.tableExists("hakobi_schema") } == false)
    }

    @Test func aDamagedFile() async throws {
        try await fill(500)
        var damaged = try bytes()
        damaged.replaceSubrange(4096..., with: Data(repeating: 0xA5, count: damaged.count - 4096))
        try damaged.write(to: URL(fileURLWithPath: file))
        for arguments in [["jobs"], ["enqueue", "a"], ["stats"], ["doctor"]] {
            let run = try await Running(Built.hakobi, arguments, in: folder).end()
            expect(run, 69, "is damaged")
            #expect(run.error.contains("restore it from a backup"))
        }
    }

    @Test func aFileThatWasCutShort() async throws {
        try await fill(500)
        try bytes().prefix(20_000).write(to: URL(fileURLWithPath: file))
        expect(try await hakobi("jobs", in: folder), 69, "is damaged")
        #expect(try bytes().count == 20_000)
    }

    @Test func theMissingDirectoryIsNamedAndNotMade() async throws {
        expect(
            try await hakobi("enqueue", "a", "--store", "sqlite:none/x.db", in: folder), 69,
            "the directory none does not exist")
        #expect(access(folder.path + "/none", F_OK) != 0)
    }

    @Test(arguments: ["with space.db", "ünï-運び.db", "a#b%41&c.db", "x'; DROP.db", "-dash.db"])
    func oddNamesAreTakenAsTheyAre(_ name: String) async throws {
        let made = try await hakobi("enqueue", "a", "--store", "sqlite:\(name)", in: folder)
        #expect(made.status == 0, "\(made.error)")
        #expect(access(folder.path + "/" + name, F_OK) == 0)
        let absolute = "sqlite:\(folder.path)/./\(name)"
        #expect(try await hakobi("jobs", "--json", "--store", absolute, in: folder).lines.count == 1)
    }

    @Test(arguments: ["sqlite://x.db", "sqlite::memory:", "sqlite:file:x.db", "sqlite:x.db?busy-timeout=1"])
    func placesThatMeanSomethingElse(_ place: String) async throws {
        expect(try await hakobi("enqueue", "a", "--store", place, in: folder), 64, "sqlite:")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.contains("db") })
    }
}

@Suite("What a user may not read or write is said by name", .enabled(if: OtherUser.isThere))
struct ForbiddenFileTests {
    let folder: Folder

    init() throws {
        folder = try Folder()
        chmod(folder.path, 0o777)
    }

    private func expect(_ run: Run, _ status: Int32, _ words: String...) {
        #expect(run.status == status && run.errors.count == 1 && run.output.isEmpty, "\(run.output)\(run.error)")
        for word in words { #expect(run.error.contains(word), "\(run.error)") }
    }

    @Test func aSettingsFile() async throws {
        chmod(try folder.file("hakobi.yaml", "processes: 2\n"), 0)
        expect(try await OtherUser.hakobi("jobs", in: folder), 64, "cannot read hakobi.yaml: Permission denied")
        let up = try await OtherUser.hakobi("up", "--exec", "a=cat", "--once", in: folder)
        expect(up, 64, "cannot read hakobi.yaml: Permission denied")
        #expect(access(folder.path + "/hakobi.db", F_OK) != 0)
    }

    @Test func aDatabaseOfAnotherUser() async throws {
        #expect(try await hakobi("enqueue", "a", in: folder).status == 0)
        chmod(folder.path + "/hakobi.db", 0)
        for arguments in [["jobs"], ["enqueue", "a"], ["stats"], ["up", "--exec", "a=cat", "--once"]] {
            let run = try await OtherUser.hakobi(arguments, in: folder)
            #expect(run.status == 69 && run.output.isEmpty, "\(run.error)")
            #expect(run.errors.last?.contains("hakobi.db may not be read by this user") == true, "\(run.error)")
        }
    }

    @Test func aDatabaseThatMayOnlyBeRead() async throws {
        #expect(try await hakobi("enqueue", "a", in: folder).status == 0)
        chmod(folder.path + "/hakobi.db", 0o444)
        expect(try await OtherUser.hakobi("enqueue", "a", in: folder), 69, "hakobi.db", "may not be written")
        chmod(folder.path + "/hakobi.db", 0o666)
        chmod(folder.path, 0o555)
        expect(try await OtherUser.hakobi("enqueue", "a", in: folder), 69, "its directory may not be written")
        #expect(try await hakobi("jobs", "--json", in: folder).lines.count == 1)
    }

    @Test func aClosedDirectory() async throws {
        mkdir(folder.path + "/closed", 0o700)
        mkdir(folder.path + "/closed/deep", 0o700)
        if getuid() != 0 { chmod(folder.path + "/closed", 0) }
        let store = "sqlite:closed/deep/x.db"
        expect(try await OtherUser.hakobi("jobs", "--store", store, in: folder), 69, "closed to this user")
        expect(try await OtherUser.hakobi("enqueue", "a", "--store", store, in: folder), 69, "closed to this user")
        if getuid() != 0 { chmod(folder.path + "/closed", 0o700) }
    }

    @Test func aRuntimeDirectoryOfAnotherUser() async throws {
        mkdir(folder.path + "/run", 0o755)
        let run = try await OtherUser.hakobi(
            "up", "--exec", "a=cat", "--once", "--runtime-directory", "run", in: folder)
        #expect(run.status != 0 && run.errors.last?.contains("as runtime-directory") == true, "\(run.error)")
    }
}

/// Root may read everything, so for these tests root's programs are started as somebody else.
enum OtherUser {
    private static let prefix =
        getuid() == 0 ? ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : ["/usr/bin/env"]

    /// Whether there is such a user who can reach the program; checkouts in a closed home directory have none.
    static let isThere: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: prefix[0])
        process.arguments = prefix.dropFirst() + [Built.hakobi, "version"]
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    static func hakobi(_ arguments: String..., in folder: Folder) async throws -> Run {
        try await hakobi(arguments, in: folder)
    }

    static func hakobi(_ arguments: [String], in folder: Folder) async throws -> Run {
        try await Running(prefix[0], prefix.dropFirst() + [Built.hakobi] + arguments, in: folder).end()
    }
}
