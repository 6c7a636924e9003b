import Synchronization

/// A log that people can read: one line a record, with the place in the code at its end.
///
/// ```
/// 2011-06-10T17:41:59 [ERROR] Flying Saucer at sample.swift line 23
/// ```
///
/// As a handler of swift-log it is ``MinimalLogHandler``; as verbs it is `critf`, `warnf`, `infof`, `debugf` and `croakf`. Both
/// follow the ``Settings`` of the task they are called in. Nothing here reads argv or the environment: whoever composes the
/// program hands settings to ``use(_:)``.
public enum MinimalLog {
    /// The settings that hold here: the task's own, else the program's, else the defaults.
    public static var settings: Settings { Scope.current.settings }

    /// Sets what holds for the whole program. Once, early; the first call wins.
    ///
    /// - Returns: `false` when settings were there already, and still are.
    @discardableResult
    public static func use(_ settings: Settings) -> Bool {
        let scope = Scope(settings)
        return Scope.program.storeIfNil(scope) === scope
    }

    /// Runs `body` with settings of its own, which tasks started in it have too; those around it and beside it notice nothing.
    ///
    /// ```swift
    /// try await MinimalLog.with { $0.subject = request.uri } run: { try await handle(request) }
    /// ```
    ///
    /// - Parameters:
    ///   - change: called at once on the settings that hold here, and again on those of each ``MinimalLogHandler`` with settings of its own.
    ///   - body: what they hold for; what it throws is thrown on, the settings being as before.
    @discardableResult
    public static func with<Result>(
        _ change: @escaping @Sendable (inout Settings) -> Void, run body: () throws -> Result
    ) rethrows -> Result {
        try Scope.$local.withValue(Scope.current.changed(by: change), operation: body)
    }

    /// The same for work that waits.
    @discardableResult
    public static func with<Result>(
        _ change: @escaping @Sendable (inout Settings) -> Void, isolation: isolated (any Actor)? = #isolation,
        run body: () async throws -> Result
    ) async rethrows -> Result {
        try await Scope.$local.withValue(Scope.current.changed(by: change), operation: body)
    }
}
