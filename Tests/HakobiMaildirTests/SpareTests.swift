import HakobiCore
import Testing

@testable import HakobiMaildir

@Suite("Files of states serve again")
struct SpareTests {
    @Test("mail after mail has the same file, and none is left when the store is closed")
    func again() async throws {
        try await TestMaildir.with { maildir in
            try maildir.make()
            try await maildir.withStore { store in
                var inodes: Set<UInt> = []
                for _ in 0..<20 {
                    let name = try maildir.drop()
                    let job = try #require(try await store.claim(untilThereAre: 1).first)
                    inodes.insert(try #require(Files.stamp(maildir.folder.state(MailName(name).id))).inode)
                    try await store.end(job)
                }
                #expect(inodes.count == 1)
                #expect(try maildir.files("hakobi/state") == [])
                #expect(try maildir.files("hakobi/tmp").count == 1)
            }
            #expect(try maildir.files("hakobi/tmp") == [])
        }
    }

    @Test("nothing of a longer state is left in the next one")
    func shorter() async throws {
        try await TestMaildir.with { maildir in
            try maildir.make()
            try await maildir.withStore { store in
                try maildir.drop()
                let first = try #require(try await store.claim(untilThereAre: 1).first)
                let progress = Progress(done: 1, total: 2, note: String(repeating: "x", count: 300))
                _ = try await store.renew([Renewal(first.lease, extend: .seconds(60), progress: progress)])
                let long = try #require(Files.stamp(maildir.folder.state(first.lease.job)))
                try await store.end(first)
                let name = try maildir.drop()
                let second = try #require(try await store.claim(untilThereAre: 1).first)
                let short = try #require(Files.stamp(maildir.folder.state(second.lease.job)))
                #expect(short.size < long.size)
                let text = try #require(try Files.read(maildir.folder.state(second.lease.job)))
                let state = try #require(MailState(text))
                #expect(state.text == text)
                #expect(state.mail == name && state.progress == nil)
            }
        }
    }

    @Test("a state that tells of another mail tells nothing of this one")
    func others() async throws {
        try await TestMaildir.with { maildir in
            try maildir.make()
            try await maildir.withStore { _ in }
            let name = MailName.make(at: Timestamp(microseconds: 1_700_000_000_000_000), host: "test")
            var state = MailState(mail: "1700000000.M1P2Q3.other")
            (state.state, state.attempt) = (.dead, 7)
            let place = maildir.folder.state(MailName(name).id)
            try Files.create(place, state.text, isDurable: false)
            try maildir.drop(as: name)
            try await maildir.withStore { store in
                let job = try #require(try await store.claim(untilThereAre: 1).first)
                #expect(job.lease.attempt == 1)
                try await store.end(job)
            }
            #expect(try maildir.files("hakobi").contains("damaged-\(MailName(name).id)"))
        }
    }

    @Test("what the dead had spare is removed at the next start, and nothing of the living")
    func dead() async throws {
        try await TestMaildir.with { maildir in
            try maildir.make()
            try await maildir.withStore { _ in
                let living = try #require(try maildir.files("hakobi/holders").first)
                let names = ["4194304-dead-1", "4194304-dead-2", "\(living)-9"]
                for name in names { try Files.mark("\(maildir.path)/hakobi/tmp/\(name)") }
                try await maildir.withStore { _ in }
                #expect(try maildir.files("hakobi/tmp") == ["\(living)-9"])
            }
        }
    }
}
