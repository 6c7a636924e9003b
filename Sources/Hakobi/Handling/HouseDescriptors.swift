import Glibc
import Synchronization

/// Descriptors that come and go beside the jobs of a process and are none of theirs, so that no job is blamed for them.
package final class HouseDescriptors: Sendable {
    private let numbers = Mutex<Set<Int32>>([])

    package init() {}

    /// Runs what opens some. Nobody looks meanwhile, so `body` must not wait.
    package func open(_ body: () -> [Int32]?) -> [Int32]? {
        numbers.withLock { numbers in
            let opened = body()
            if let opened { numbers.formUnion(opened) }
            return opened
        }
    }

    /// Closes one of them.
    package func close(_ number: Int32) {
        numbers.withLock { numbers in
            numbers.remove(number)
            Glibc.close(number)
        }
    }

    /// Looks, while none comes or goes.
    func look<Value>(_ body: (Set<Int32>) -> Value) -> Value { numbers.withLock { body($0) } }
}
