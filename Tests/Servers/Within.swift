/// Nothing came in time.
package struct NothingCame: Error, CustomStringConvertible {
    package let description: String
}

/// Fails the test instead of hanging it.
package func within<Value: Sendable>(
    _ seconds: Int = 60, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: .seconds(seconds))
            return nil
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() ?? nil else {
            throw NothingCame(description: "nothing came within \(seconds) s")
        }
        return value
    }
}
