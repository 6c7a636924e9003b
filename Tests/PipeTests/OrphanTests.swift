import CHakobi
import Glibc
import Hakobi
import HakobiCore
import Testing

@testable import HakobiPrefork

/// Real children whose parent is gone, or whose end has come.
@Suite(.serialized, .timeLimit(.minutes(1))) struct OrphanTests {
    /// A child fed by hand, so that its parent can "die": the pipe is closed, as the kernel does for a dead parent.
    private func orphan(running kind: String, _ payload: String = "") async throws -> (hakobi_death, RunningPage) {
        let command = ProcessCommand(
            executable: Program.fixture, arguments: ["fixture"], environment: [:],
            pageBytes: RunningPage.bytes(slots: 1))
        let child = try ProcessSpawner.spawn(command, path: Program.fixture, serial: 1)
        defer { close(child.pidfd) }
        let page = try RunningPage(formatting: child.page)
        var pipe = ChildPipe(child.pipe, pid: child.pid)
        Welcome(generation: 1, concurrency: 1, isLonely: false, isDraining: false, host: "h", settings: [])
            .write(to: &pipe.outgoing)
        pipe.flush()
        let hello = try await hear(&pipe)
        let work = try job(kind, payload)
        let place = hello.offers.firstIndex { $0.kind == work.kind } ?? 0
        pipe.outgoing.putJobs([Assignment(ticket: 1, kind: UInt16(place), job: work)])
        pipe.flush()
        for _ in 0..<1000 where page.running().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        #expect(page.running().map(\.job) == [work.lease.job])
        close(child.pipe)
        var death = hakobi_death()
        for _ in 0..<4000 {
            if hakobi_reap(child.pid, &death) == 1 { return (death, page) }
            try await Task.sleep(for: .milliseconds(5))
        }
        kill(child.pid, SIGKILL)
        while hakobi_reap(child.pid, &death) == 0 { try await Task.sleep(for: .milliseconds(5)) }
        throw FrameError("the orphan stays")
    }

    private func hear(_ pipe: inout ChildPipe) async throws -> Hello {
        for _ in 0..<4000 {
            if let message = try pipe.next(), case .hello(let hello) = message { return hello }
            guard pipe.read() != .end else { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw FrameError("the child said no hello")
    }

    @Test func anOrphanCancelsItsJobsAndLeaves() async throws {
        let (death, page) = try await orphan(running: "sleep", "100000")
        #expect(death.exit_code == 0)
        #expect(page.running().isEmpty)
    }

    @Test func anOrphanLeavesThoughItsJobDoesNot() async throws {
        let (death, page) = try await orphan(running: "hang")
        #expect(death.exit_code == 0)
        // It left in good order: nobody is to be charged.
        #expect(page.running().isEmpty)
    }

    @Test func whatTheGraceCutsIsInterrupted() async throws {
        try await Carrier.serve(grace: .milliseconds(300)) { carrier in
            let block = try job("block", "60000")
            carrier.runner.accept([block])
            try await carrier.until(running: 1)
            carrier.terminate()
            await carrier.ledger.until(settled: 1)
            guard case .interrupted = carrier.ledger.content.outcome(of: block) else {
                throw Unexpected(carrier.ledger.content.outcome(of: block))
            }
        }
    }

    @Test func pagesAreFilesWhileTheirProcessesLive() async throws {
        let directory = "/tmp/hakobi-pages-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        #expect(mkdir(directory, 0o700) == 0)
        try await Carrier.serve {
            $0.pageDirectory = directory
        } _: { carrier in
            let slow = try job("sleep", "100000")
            carrier.runner.accept([slow])
            try await carrier.until(running: 1)
            // What a later life would find, had everybody died now.
            #expect(try RunningPage.open("\(directory)/page-1").running().map(\.job) == [slow.lease.job])
            kill(carrier.workers[0], SIGKILL)
            await carrier.ledger.until(settled: 1)
            #expect(throws: PageError.self) { try RunningPage.open("\(directory)/page-1") }
        }
        #expect(rmdir(directory) == 0, "something was left there")
    }
}
