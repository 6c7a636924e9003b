import Glibc
import Hakobi
import Testing

@Suite struct RunningPageTests {
    private let job = JobID(high: 0x0123_4567_89AB_7DEF, low: 0x8111_2222_3333_4444)

    @Test func tellsWhatEachSlotRuns() throws {
        let page = try RunningPage.inMemory(slots: 3)
        #expect(page.slots == 3)
        #expect(page.running().isEmpty)
        page.set(1, job: job, attempt: 7, startedAt: .seconds(5))
        #expect(page.entry(0) == nil)
        #expect(page.running() == [RunningPage.Entry(job: job, attempt: 7, startedAt: .seconds(5))])
        page.clear(1)
        #expect(page.running().isEmpty)
    }

    @Test func outlivesItsWriter() throws {
        let path = "/tmp/hakobi-page-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { unlink(path) }
        do {
            let page = try RunningPage.create(at: path, slots: 2)
            page.set(0, job: job, attempt: 1)
        }
        let found = try RunningPage.open(path)
        #expect(found.running().map(\.job) == [job])
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test func refusesWhatIsNoPage() throws {
        #expect(throws: PageError.self) { try RunningPage.open("/nonexistent/page") }
        #expect(throws: PageError.self) { try RunningPage(descriptor: -1) }
        let path = "/tmp/hakobi-page-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { unlink(path) }
        let descriptor = open(path, O_RDWR | O_CREAT, 0o600)
        #expect(throws: PageError.self) { try RunningPage.open(path) }
        #expect(ftruncate(descriptor, 4096) == 0)
        #expect(throws: PageError.self) { try RunningPage.open(path) }
        close(descriptor)
    }

    /// A header that claims more slots than the file holds must not lead a reader outside of it.
    @Test func believesNoDamagedHeader() throws {
        let page = try RunningPage.inMemory(slots: 2)
        var count: UInt64 = 50_000
        #expect(pwrite(page.descriptor, &count, 8, 8) == 8)
        #expect(throws: PageError.self) { try RunningPage(descriptor: dup(page.descriptor)) }
    }
}
