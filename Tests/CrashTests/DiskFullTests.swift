import Foundation
import HakobiCore
import Testing

extension CrashTests {
    /// A real, small file system that fills up under load. Mounting one takes root.
    @Suite("Full disk", .enabled(if: geteuid() == 0, "mounting a small file system takes root"))
    struct DiskFullTests {
        @Test("nothing acknowledged is lost, and the service goes on when there is space again")
        func full() async throws {
            let mount = try SmallDisk(megabytes: 64)
            defer { mount.unmount() }
            try await Site.with(url: "sqlite:\(mount.path)/jobs.db") { site in
                let service = try site.up(processes: 2)
                let stop = site.folder + "/stop"
                let feed = try site.run(
                    ["feed", "ok", String(repeating: "0", count: 8000), "1000000", "4"], ["CRASH_STOP": stop])
                try await site.finished(100)
                try mount.fill()
                try await until("the store says it is full", within: .seconds(60)) { site.marks.refused > 5 }
                let whileFull = site.marks
                #expect(ProcessTable.isAlive(service.pid), "the service ended: \(service.log.suffix(1500))")
                try mount.free()
                try await until("jobs are acknowledged again", within: .seconds(30)) {
                    site.marks.acknowledged.count > whileFull.acknowledged.count + 50
                }
                #expect(FileManager.default.createFile(atPath: stop, contents: nil))
                try await feed.end(within: .seconds(60))
                try await site.drained()
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                figure(
                    "full disk",
                    "\(whileFull.acknowledged.count) jobs acknowledged before, \(laws.marks.refused) enqueues refused, "
                        + "\(laws.marks.acknowledged.count) acknowledged in all, \(laws.records.count) kept")
                laws.expectUncharged(Array(laws.records.keys))
            }
        }
    }
}
