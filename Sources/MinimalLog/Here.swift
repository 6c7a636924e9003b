import Logging

extension MinimalLog {
    /// What holds for lines here, to be taken to where a task's values do not go by themselves: a detached task, a callback.
    ///
    /// ```swift
    /// let here = MinimalLog.Here()
    /// Task.detached { await here.run { await tidyUp() } }
    /// ```
    public struct Here: Sendable {
        private let scope = Scope.local
        private let logger = Logger.current

        /// Takes the task's settings, and its logger with all that it knows.
        public init() {}

        /// Runs `body` as if it were there; what it throws is thrown on.
        @discardableResult
        public func run<Result>(_ body: () throws -> Result) rethrows -> Result {
            try Scope.$local.withValue(scope) {
                try withLogger(logger) { _ in try body() }
            }
        }

        /// The same for work that waits.
        @discardableResult
        public func run<Result>(
            isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
        ) async rethrows -> Result {
            try await Scope.$local.withValue(scope) {
                try await withLogger(logger) { _ in try await body() }
            }
        }
    }
}
