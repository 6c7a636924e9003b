import Glibc
import HakobiDatabase
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ThreadGroupTests {
    private final class Ended: Sendable {
        private let flag = Atomic(false)
        func set() { flag.store(true, ordering: .releasing) }
        var isSet: Bool { flag.load(ordering: .acquiring) }
    }

    /// As OpenSSL does: it keeps something for each thread, and crashes when the program exits while it lets go of that.
    private static func tidyUpSlowly(_ ended: Ended) {
        var key = pthread_key_t()
        pthread_key_create(&key) { value in
            poll(nil, 0, 50)
            guard let value else { return }
            Unmanaged<Ended>.fromOpaque(value).takeRetainedValue().set()
        }
        pthread_setspecific(key, Unmanaged.passRetained(ended).toOpaque())
    }

    @Test(arguments: [nil, Duration.seconds(50)])
    func whoWaitsForAThreadWaitsForWhatLibrariesDoAtItsEnd(limit: Duration?) async throws {
        let (group, ended) = (ThreadGroup(), Ended())
        try group.start { opened in
            Self.tidyUpSlowly(ended)
            opened()
        }
        if let limit { await group.wait(atMost: limit) } else { await group.wait() }
        #expect(ended.isSet)
    }

    @Test func severalMayWaitAndOneWhoCannotWaitLeaves() async throws {
        let (group, ended) = (ThreadGroup(), Ended())
        let mayEnd = Ended()
        try group.start { opened in
            Self.tidyUpSlowly(ended)
            opened()
            while !mayEnd.isSet { sched_yield() }
        }
        await group.wait(atMost: .milliseconds(1))
        #expect(!ended.isSet)
        mayEnd.set()
        async let first: Void = group.wait()
        await group.wait()
        #expect(ended.isSet)
        await first
    }
}
