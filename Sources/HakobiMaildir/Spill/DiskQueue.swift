internal import Dispatch
internal import HakobiCore

/// One thing after another on a thread that may wait for a disk, which no thread of the cooperative pool may.
final class DiskQueue: Sendable {
    private let queue: DispatchQueue

    init(_ label: String) { queue = DispatchQueue(label: label) }

    func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            queue.async {
                do throws(StoreError) { continuation.resume(returning: .success(try body())) } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    func start(_ body: @escaping @Sendable () -> Void) { queue.async(execute: body) }
}
