// They throw at any level, even where all is mute; the text is that of the line, without colour.

/// Throws ``MinimalLog/Croak``, or what the settings' `die` makes of it.
public func croakf(_ message: @autoclosure () -> String = "", file: String = #fileID, line: UInt = #line) throws
    -> Never
{
    throw Verb.croak.error(file, line) { _ in message() }
}

/// Throws ``MinimalLog/Croak``, or what the settings' `die` makes of it: one value as text, or its dump where settings say so.
public func croakf(_ value: @autoclosure () -> Any?, file: String = #fileID, line: UInt = #line) throws -> Never {
    throw Verb.croak.error(file, line) { $0.text(of: value()) }
}

/// Throws ``MinimalLog/Croak``, or what the settings' `die` makes of it: printf's format and its arguments.
public func croakf(
    _ format: @autoclosure () -> String, _ a: @autoclosure () -> Any?,
    _ b: @autoclosure () -> Any? = MinimalLog.absent, _ c: @autoclosure () -> Any? = MinimalLog.absent,
    _ d: @autoclosure () -> Any? = MinimalLog.absent, _ e: @autoclosure () -> Any? = MinimalLog.absent,
    _ f: @autoclosure () -> Any? = MinimalLog.absent,
    file: String = #fileID, line: UInt = #line
) throws -> Never {
    throw Verb.croak.error(file, line) { $0.text(format(), [a(), b(), c(), d(), e(), f()]) }
}

/// Throws ``MinimalLog/Croak``, or what the settings' `die` makes of it, with all callers.
public func croakff(_ message: @autoclosure () -> String = "", file: String = #fileID, line: UInt = #line) throws
    -> Never
{
    throw Verb.croak.withCallers.error(file, line) { _ in message() }
}

/// Throws ``MinimalLog/Croak``, or what the settings' `die` makes of it, with all callers: one value as text, or its dump where settings say so.
public func croakff(_ value: @autoclosure () -> Any?, file: String = #fileID, line: UInt = #line) throws -> Never {
    throw Verb.croak.withCallers.error(file, line) { $0.text(of: value()) }
}

/// Throws ``MinimalLog/Croak``, or what the settings' `die` makes of it, with all callers: printf's format and its arguments.
public func croakff(
    _ format: @autoclosure () -> String, _ a: @autoclosure () -> Any?,
    _ b: @autoclosure () -> Any? = MinimalLog.absent, _ c: @autoclosure () -> Any? = MinimalLog.absent,
    _ d: @autoclosure () -> Any? = MinimalLog.absent, _ e: @autoclosure () -> Any? = MinimalLog.absent,
    _ f: @autoclosure () -> Any? = MinimalLog.absent,
    file: String = #fileID, line: UInt = #line
) throws -> Never {
    throw Verb.croak.withCallers.error(file, line) { $0.text(format(), [a(), b(), c(), d(), e(), f()]) }
}
