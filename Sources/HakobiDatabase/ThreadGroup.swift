internal import Dispatch
internal import Glibc
package import HakobiCore
internal import Synchronization

/// The threads of one store: whoever starts one learns whether it got going, and can wait until all have ended.
package final class ThreadGroup: Sendable {
    private let running = DispatchGroup()
    /// Those that have not been joined.
    private let threads = Mutex<[pthread_t]>([])

    package init() {}

    deinit { threads.withLock { for thread in $0 { pthread_detach(thread) } } }

    /// Runs `body` on a thread of its own and returns once it has called its argument; throws what it throws before that.
    package func start(_ body: @escaping @Sendable (_ opened: () -> Void) throws(StoreError) -> Void) throws(StoreError)
    {
        let outcome = Outcome()
        running.enter()
        do throws(StoreError) {
            let thread = try WorkThread.startJoinable { [running] in
                defer { running.leave() }
                do throws(StoreError) { try body({ outcome.tell(nil) }) } catch { outcome.tell(error) }
            }
            threads.withLock { $0.append(thread) }
        } catch {
            running.leave()
            throw error
        }
        if let error = outcome.wait() { throw error }
    }

    /// Until every thread has ended.
    package func wait() async {
        await withCheckedContinuation { continuation in
            running.notify(queue: .global()) { [self] in
                join()
                continuation.resume()
            }
        }
    }

    /// Until every thread has ended, or for so long: one that is blocked in a library ends when that lets go, and keeps for
    /// itself whatever it needs until then.
    package func wait(atMost limit: Duration) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let once = Reply<Void> { _ in continuation.resume() }
            running.notify(queue: .global()) { [self] in
                join()
                once.succeed(())
            }
            let milliseconds = Int(limit.wholeMicroseconds / 1000)
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { once.succeed(()) }
        }
    }

    /// What a thread was to do is done, but libraries tidy up after it while it ends. OpenSSL crashes when the program exits
    /// meanwhile, since it takes down at exit what that needs.
    private func join() {
        threads.withLock { threads in
            for thread in threads { pthread_join(thread, nil) }
            threads = []
        }
    }

    private final class Outcome: Sendable {
        private let error = Mutex<StoreError?>(nil)
        private let bell = DispatchSemaphore(value: 0)

        func tell(_ error: StoreError?) {
            self.error.withLock { $0 = error }
            bell.signal()
        }

        func wait() -> StoreError? {
            bell.wait()
            return error.withLock { $0 }
        }
    }
}
