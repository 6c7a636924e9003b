import Foundation
import Hakobi
import Servers
import Testing

@testable import HakobiCommand

/// What a process has in memory of stores: nothing, but for the one that opens one.
@Suite("Client libraries are where they are used", .serialized, .timeLimit(.minutes(2)))
struct FootprintTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    private func libraries(of pid: Int32) throws -> Set<String> {
        let maps = try TextFile.read("/proc/\(pid)/maps")
        #expect(maps.contains("[stack]"), "the last of the mappings")
        return Set(["libpq.so", "libmariadb.so", "libssl.so", "libldap"].filter(maps.contains))
    }

    /// A service on this store; the libraries of the parent, and those of its worker process at rest.
    private func service(on store: String) async throws -> (parent: Set<String>, worker: Set<String>) {
        let service = try Running(
            Built.hakobi, ["up", "--exec", "a=cat", "--processes", "1", "--store", store], in: folder)
        #expect(await until { service.error.contains("ready") }, "\(service.error)")
        let worker = try #require(ProcessFiles.children(of: service.pid).first)
        let found = (try libraries(of: service.pid), try libraries(of: worker))
        // Its own memory; the program's text is shared. The bound is twice what a debug build takes.
        #expect(ProcessFigures.memory("RssAnon", of: worker) < 12)
        service.send(SIGTERM)
        #expect(await service.end().status == 0)
        return found
    }

    @Test func aFileNeedsNone() async throws {
        let found = try await service(on: "sqlite:hakobi.db")
        #expect(found.parent.isEmpty && found.worker.isEmpty, "\(found)")
    }

    @Test func theParentHasLibpqAndItsWorkersHaveNot() async throws {
        let server = try PostgresServer.shared()
        let found = try await service(on: server.url(database: try server.database()))
        #expect(found.parent.contains("libpq.so") && !found.parent.contains("libmariadb.so"), "\(found)")
        #expect(found.worker.isEmpty, "\(found)")
    }

    @Test func theParentHasLibmariadbAndItsWorkersHaveNot() async throws {
        let server = try MariaDBServer.shared()
        let found = try await service(on: server.url(database: try server.database()))
        #expect(found.parent.contains("libmariadb.so") && !found.parent.contains("libpq.so"), "\(found)")
        #expect(found.worker.isEmpty, "\(found)")
    }

    @Test(arguments: [
        ("libpq.so.5", "postgres://app:secret@127.0.0.1:1/x", "apt install libpq5"),
        ("libmariadb.so.3", "mysql://app:secret@127.0.0.1:1/x", "apt install libmariadb3"),
    ])
    func aHostWithoutTheLibraryIsToldWhatToInstall(library: String, store: String, words: String) async throws {
        // The first one found, and no library.
        _ = try folder.file(library, "")
        let environment = ["LD_LIBRARY_PATH": folder.path]
        for verb in ["jobs", "stats"] {
            let run = try await hakobi(verb, "--store", store, in: folder, environment: environment)
            #expect(run.status == 69 && run.errors.count == 1 && run.output.isEmpty, "\(run.output)\(run.error)")
            #expect(run.error.contains(library) && run.error.contains(words), "\(run.error)")
            #expect(!run.error.contains("secret"), "\(run.error)")
        }
        // Other stores do not mind.
        #expect(try await hakobi("enqueue", "a", in: folder, environment: environment).status == 0)
    }
}
