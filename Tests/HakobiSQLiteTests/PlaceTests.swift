import Glibc
import HakobiCore
import Testing

@testable import HakobiSQLite

@Suite("A place that is unfit gets one clear sentence", .timeLimit(.minutes(2)))
struct PlaceTests {
    private let directory = TemporaryDirectory()

    private func refusal(_ path: String, _ options: SQLiteOptions = SQLiteOptions()) throws -> StoreError {
        try #require(throws: StoreError.self) { _ = try SQLiteStore(path: path, options: options) }
    }

    private func check(_ error: StoreError, _ reason: StoreError.Reason, naming word: String) {
        #expect(error.reason == reason, "\(error)")
        #expect(error.effect == .notDone)
        #expect(error.description.contains(word), "\(error)")
        #expect(!error.description.contains("\n"))
    }

    @Test("a network file system", arguments: [0x6969, 0xFF53_4D42, 0xFE53_4D42, 0x6573_5546])
    func network(_ type: Int) throws {
        var options = SQLiteOptions()
        options.fileSystemType = { _ in type }
        check(try refusal(directory.file(), options), .unsuitable, naming: "network file system")
        #expect(access(directory.file(), F_OK) != 0)
    }

    @Test func missingDirectory() throws {
        check(try refusal(directory.file("none/jobs.db")), .unreachable, naming: "does not exist")
    }

    @Test func aDirectory() throws { check(try refusal(directory.path), .unsuitable, naming: "is a directory") }

    @Test func notAFile() throws {
        mkfifo(directory.file("pipe"), 0o600)
        check(try refusal(directory.file("pipe")), .unsuitable, naming: "not a regular file")
    }

    @Test func garbage() throws {
        try write(Array(repeating: 0x41, count: 8192), to: directory.file())
        check(try refusal(directory.file()), .corrupt, naming: "not a SQLite database")
    }

    @Test("a damaged page, noticed when it is read")
    func damaged() async throws {
        let path = directory.file()
        let store = try SQLiteStore(path: path)
        _ = try await store.insert(Sample.jobs(2000))
        await store.close()
        // Two connections that close at the same moment each take the other for the last: then the pages are in the log still.
        for _ in 0..<100 where access(path + "-wal", F_OK) == 0 { await (try SQLiteStore(path: path)).close() }
        #expect(access(path + "-wal", F_OK) != 0)
        let file = open(path, O_WRONLY | O_CLOEXEC)
        for page in 3..<120 { pwrite(file, [UInt8](repeating: 0xEE, count: 2048), 2048, page * 4096) }
        close(file)
        do {
            let again = try SQLiteStore(path: path)
            let error = await #expect(throws: StoreError.self) {
                _ = try await again.claim(Sample.demand(2000))
            }
            await again.close()
            if let error { check(error, .corrupt, naming: "damaged") }
        } catch { check(error, .corrupt, naming: "damaged") }
    }

    @Test("a file system mounted for reading only", .enabled(if: geteuid() == 0))
    func readOnly() async throws {
        try await withMount("size=4m") { mounted in
            let path = "\(mounted)/jobs.db"
            let store = try SQLiteStore(path: path)
            await store.close()
            #expect(mount("none", mounted, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil) == 0)
            check(try refusal(path), .readOnly, naming: "may not be written")
            check(try refusal("\(mounted)/new.db"), .readOnly, naming: "cannot be created")
        }
    }

    @Test("a full disk loses nothing, and goes on once there is space", .enabled(if: geteuid() == 0))
    func full() async throws {
        try await withMount("size=1m") { mounted in
            let store = try SQLiteStore(path: "\(mounted)/jobs.db")
            var kept = 0
            var met: StoreError?
            while met == nil, kept < 100_000 {
                do throws(StoreError) {
                    let jobs: [NewJob]
                    do { jobs = try Sample.jobs(50) } catch { break }
                    kept += try await store.insert(jobs).filter { $0 == .inserted }.count
                } catch { met = error }
            }
            let error = try #require(met)
            check(error, .full, naming: "no space")
            #expect(error.isTransient)
            #expect(try await store.stats().states[.available] == kept)
            #expect(mount("none", mounted, "tmpfs", UInt(MS_REMOUNT), "size=16m") == 0)
            #expect(try await store.insert(Sample.jobs(50)) == Array(repeating: .inserted, count: 50))
            #expect(try await store.claim(Sample.demand(100_000)).count == kept + 50)
            await store.close()
        }
    }

    @Test("of a round on a nearly full disk, what fits is kept", .enabled(if: geteuid() == 0))
    func nearlyFull() async throws {
        try await withMount("size=2m") { mounted in
            let store = try SQLiteStore(path: "\(mounted)/jobs.db")
            let other = try SQLiteStore(path: "\(mounted)/jobs.db")
            let hold = Task {
                try await other.writes.submit("hold") { _ throws(StoreError) in
                    // No event to await: the lock is held while the others gather.
                    _ = usleep(100_000)
                }
            }
            let (first, last) = (try Sample.job(), try Sample.job())
            var large: [NewJob] = []
            for _ in 0..<4 {
                var job = try Sample.job()
                job.payload = Payload([UInt8](repeating: 1, count: 1_000_000), codec: .raw)
                large.append(job)
            }
            let big = large
            async let one = store.insert([first])
            let tooMuch = Task { try await store.insert(big) }
            async let two = store.insert([last, first])
            let error = await #expect(throws: StoreError.self) { try await tooMuch.value }
            #expect(error?.reason == .full)
            _ = try await (one, two)
            #expect(try await store.job(first.id) != nil)
            #expect(try await store.job(last.id) != nil)
            #expect(try await store.job(big[0].id) == nil)
            try await hold.value
            await other.close()
            await store.close()
        }
    }

    @Test("files are their owner's only, whatever the umask says")
    func modes() async throws {
        let old = umask(0)
        let store = try SQLiteStore(path: directory.file())
        umask(old)
        _ = try await store.insert([Sample.job()])
        for suffix in ["", "-wal", "-shm"] {
            var info = stat()
            #expect(stat(directory.file() + suffix, &info) == 0)
            #expect(info.st_mode & 0o777 == 0o600, "\(suffix)")
        }
        var info = stat()
        #expect(stat(directory.file() + "-wake", &info) == 0)
        #expect(info.st_mode & 0o777 == 0o700)
        await store.close()
    }

    @Test("a closed store answers, and does not hang")
    func closed() async throws {
        let store = try SQLiteStore(path: directory.file())
        await store.close()
        await #expect(throws: StoreError.self) { _ = try await store.insert([Sample.job()]) }
        await #expect(throws: StoreError.self) { _ = try await store.stats() }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        #expect(Glibc.write(file, bytes, bytes.count) == bytes.count)
        close(file)
    }

    private func withMount(_ options: String, _ body: (String) async throws -> Void) async throws {
        let place = directory.file("mount")
        mkdir(place, 0o700)
        try #require(mount("none", place, "tmpfs", 0, options) == 0)
        do { try await body(place) } catch {
            umount2(place, Int32(MNT_DETACH))
            throw error
        }
        umount2(place, Int32(MNT_DETACH))
    }
}

private let MS_RDONLY = 1
private let MS_REMOUNT = 32
private let MNT_DETACH = 2
