/// What every store promises, as named checks: the name is the promise, the body tries to catch the store breaking it.
///
/// ```swift
/// for check in StoreConformance.checks {
///     try await check.run(freshFixture())
/// }
/// ```
///
/// Each check wants a fresh, empty store. Broken twins of `MemoryStore` (`StoreMutants`) prove that every check can fail.
public enum StoreConformance {
    /// One promise.
    public struct Check: Sendable, CustomStringConvertible {
        /// What is promised, as a sentence; unique.
        public let name: String
        private let body: @Sendable (StoreFixture) async throws -> Void

        init(_ name: String, _ body: @escaping @Sendable (StoreFixture) async throws -> Void) {
            self.name = name
            self.body = body
        }

        /// The promise.
        public var description: String { name }

        /// Tries the promise on a fresh store; throws a `BrokenPromise`, or what the store threw.
        public func run(_ fixture: StoreFixture) async throws {
            do {
                try await body(fixture)
            } catch let broken as BrokenPromise {
                throw BrokenPromise(description: "\(name): \(broken.description)")
            }
        }
    }

    /// All promises, by topic.
    public static let checks: [Check] = [
        insertion, values, idempotency, uniqueness, claiming, order, queues, leases, settling, outcomes, history,
        followUps, suspects, rescue, cancelling, editing, retention, reading, registry, time, wakeUps, concurrency,
    ].flatMap { $0 }
}

/// A promise that a store broke, and how.
public struct BrokenPromise: Error, CustomStringConvertible {
    /// The promise, what was expected, and what was seen.
    public let description: String
}

/// Fails the check unless `isTrue`.
func expect(_ isTrue: Bool, _ what: @autoclosure () -> String) throws {
    guard isTrue else { throw BrokenPromise(description: what()) }
}

/// Fails the check unless both are equal, and shows both.
func expect<Value: Equatable>(_ what: @autoclosure () -> String, _ seen: Value, is wanted: Value) throws {
    guard seen != wanted else { return }
    throw BrokenPromise(description: "\(what()): wanted \(brief(wanted)), saw \(brief(seen))")
}

/// Fails the check unless there is a value.
func require<Value>(_ value: Value?, _ what: @autoclosure () -> String) throws -> Value {
    guard let value else { throw BrokenPromise(description: what()) }
    return value
}

/// Large values would bury the sentence.
private func brief(_ value: some Equatable) -> String {
    let text = String(describing: value)
    return text.utf8.count > 600 ? "\(text.prefix(600))…" : text
}
