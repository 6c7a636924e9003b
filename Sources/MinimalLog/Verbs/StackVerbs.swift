// The same three ways to call each verb: text, a value, a format with arguments. Nothing is evaluated unless it is printed.

/// A critical line: the service cannot do what it is for, with all callers.
public func critff(_ message: @autoclosure () -> String = "", file: String = #fileID, line: UInt = #line) {
    Verb.crit.withCallers.say(file, line) { _ in message() }
}

/// A critical line: the service cannot do what it is for, with all callers: one value as text, or its dump where settings say so.
public func critff(_ value: @autoclosure () -> Any?, file: String = #fileID, line: UInt = #line) {
    Verb.crit.withCallers.say(file, line) { $0.text(of: value()) }
}

/// A critical line: the service cannot do what it is for, with all callers: printf's format and its arguments.
public func critff(
    _ format: @autoclosure () -> String, _ a: @autoclosure () -> Any?,
    _ b: @autoclosure () -> Any? = MinimalLog.absent, _ c: @autoclosure () -> Any? = MinimalLog.absent,
    _ d: @autoclosure () -> Any? = MinimalLog.absent, _ e: @autoclosure () -> Any? = MinimalLog.absent,
    _ f: @autoclosure () -> Any? = MinimalLog.absent,
    file: String = #fileID, line: UInt = #line
) {
    Verb.crit.withCallers.say(file, line) { $0.text(format(), [a(), b(), c(), d(), e(), f()]) }
}

/// A warning: somebody should look at it, with all callers.
public func warnff(_ message: @autoclosure () -> String = "", file: String = #fileID, line: UInt = #line) {
    Verb.warn.withCallers.say(file, line) { _ in message() }
}

/// A warning: somebody should look at it, with all callers: one value as text, or its dump where settings say so.
public func warnff(_ value: @autoclosure () -> Any?, file: String = #fileID, line: UInt = #line) {
    Verb.warn.withCallers.say(file, line) { $0.text(of: value()) }
}

/// A warning: somebody should look at it, with all callers: printf's format and its arguments.
public func warnff(
    _ format: @autoclosure () -> String, _ a: @autoclosure () -> Any?,
    _ b: @autoclosure () -> Any? = MinimalLog.absent, _ c: @autoclosure () -> Any? = MinimalLog.absent,
    _ d: @autoclosure () -> Any? = MinimalLog.absent, _ e: @autoclosure () -> Any? = MinimalLog.absent,
    _ f: @autoclosure () -> Any? = MinimalLog.absent,
    file: String = #fileID, line: UInt = #line
) {
    Verb.warn.withCallers.say(file, line) { $0.text(format(), [a(), b(), c(), d(), e(), f()]) }
}

/// A line about what happens as it should, with all callers.
public func infoff(_ message: @autoclosure () -> String = "", file: String = #fileID, line: UInt = #line) {
    Verb.info.withCallers.say(file, line) { _ in message() }
}

/// A line about what happens as it should, with all callers: one value as text, or its dump where settings say so.
public func infoff(_ value: @autoclosure () -> Any?, file: String = #fileID, line: UInt = #line) {
    Verb.info.withCallers.say(file, line) { $0.text(of: value()) }
}

/// A line about what happens as it should, with all callers: printf's format and its arguments.
public func infoff(
    _ format: @autoclosure () -> String, _ a: @autoclosure () -> Any?,
    _ b: @autoclosure () -> Any? = MinimalLog.absent, _ c: @autoclosure () -> Any? = MinimalLog.absent,
    _ d: @autoclosure () -> Any? = MinimalLog.absent, _ e: @autoclosure () -> Any? = MinimalLog.absent,
    _ f: @autoclosure () -> Any? = MinimalLog.absent,
    file: String = #fileID, line: UInt = #line
) {
    Verb.info.withCallers.say(file, line) { $0.text(format(), [a(), b(), c(), d(), e(), f()]) }
}

/// A line for who looks for a fault; silent unless debug is asked for, with all callers.
public func debugff(_ message: @autoclosure () -> String = "", file: String = #fileID, line: UInt = #line) {
    Verb.debug.withCallers.say(file, line) { _ in message() }
}

/// A line for who looks for a fault; silent unless debug is asked for, with all callers: one value as text, or its dump where settings say so.
public func debugff(_ value: @autoclosure () -> Any?, file: String = #fileID, line: UInt = #line) {
    Verb.debug.withCallers.say(file, line) { $0.text(of: value()) }
}

/// A line for who looks for a fault; silent unless debug is asked for, with all callers: printf's format and its arguments.
public func debugff(
    _ format: @autoclosure () -> String, _ a: @autoclosure () -> Any?,
    _ b: @autoclosure () -> Any? = MinimalLog.absent, _ c: @autoclosure () -> Any? = MinimalLog.absent,
    _ d: @autoclosure () -> Any? = MinimalLog.absent, _ e: @autoclosure () -> Any? = MinimalLog.absent,
    _ f: @autoclosure () -> Any? = MinimalLog.absent,
    file: String = #fileID, line: UInt = #line
) {
    Verb.debug.withCallers.say(file, line) { $0.text(format(), [a(), b(), c(), d(), e(), f()]) }
}
