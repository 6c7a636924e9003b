// The same three ways to call each verb: text, a value, a format with arguments. Nothing is evaluated unless it is printed.

/// A critical line: the service cannot do what it is for.
public func critf(_ message: @autoclosure () -> String = "", file: String = #fileID, line: UInt = #line) {
    Verb.crit.say(file, line) { _ in message() }
}

/// A critical line: the service cannot do what it is for: one value as text, or its dump where settings say so.
public func critf(_ value: @autoclosure () -> Any?, file: String = #fileID, line: UInt = #line) {
    Verb.crit.say(file, line) { $0.text(of: value()) }
}

/// A critical line: the service cannot do what it is for: printf's format and its arguments.
public func critf(
    _ format: @autoclosure () -> String, _ a: @autoclosure () -> Any?,
    _ b: @autoclosure () -> Any? = MinimalLog.absent, _ c: @autoclosure () -> Any? = MinimalLog.absent,
    _ d: @autoclosure () -> Any? = MinimalLog.absent, _ e: @autoclosure () -> Any? = MinimalLog.absent,
    _ f: @autoclosure () -> Any? = MinimalLog.absent,
    file: String = #fileID, line: UInt = #line
) {
    Verb.crit.say(file, line) { $0.text(format(), [a(), b(), c(), d(), e(), f()]) }
}

/// A warning: somebody should look at it.
public func warnf(_ message: @autoclosure () -> String = "", file: String = #fileID, line: UInt = #line) {
    Verb.warn.say(file, line) { _ in message() }
}

/// A warning: somebody should look at it: one value as text, or its dump where settings say so.
public func warnf(_ value: @autoclosure () -> Any?, file: String = #fileID, line: UInt = #line) {
    Verb.warn.say(file, line) { $0.text(of: value()) }
}

/// A warning: somebody should look at it: printf's format and its arguments.
public func warnf(
    _ format: @autoclosure () -> String, _ a: @autoclosure () -> Any?,
    _ b: @autoclosure () -> Any? = MinimalLog.absent, _ c: @autoclosure () -> Any? = MinimalLog.absent,
    _ d: @autoclosure () -> Any? = MinimalLog.absent, _ e: @autoclosure () -> Any? = MinimalLog.absent,
    _ f: @autoclosure () -> Any? = MinimalLog.absent,
    file: String = #fileID, line: UInt = #line
) {
    Verb.warn.say(file, line) { $0.text(format(), [a(), b(), c(), d(), e(), f()]) }
}

/// A line about what happens as it should.
public func infof(_ message: @autoclosure () -> String = "", file: String = #fileID, line: UInt = #line) {
    Verb.info.say(file, line) { _ in message() }
}

/// A line about what happens as it should: one value as text, or its dump where settings say so.
public func infof(_ value: @autoclosure () -> Any?, file: String = #fileID, line: UInt = #line) {
    Verb.info.say(file, line) { $0.text(of: value()) }
}

/// A line about what happens as it should: printf's format and its arguments.
public func infof(
    _ format: @autoclosure () -> String, _ a: @autoclosure () -> Any?,
    _ b: @autoclosure () -> Any? = MinimalLog.absent, _ c: @autoclosure () -> Any? = MinimalLog.absent,
    _ d: @autoclosure () -> Any? = MinimalLog.absent, _ e: @autoclosure () -> Any? = MinimalLog.absent,
    _ f: @autoclosure () -> Any? = MinimalLog.absent,
    file: String = #fileID, line: UInt = #line
) {
    Verb.info.say(file, line) { $0.text(format(), [a(), b(), c(), d(), e(), f()]) }
}

/// A line for who looks for a fault; silent unless debug is asked for.
public func debugf(_ message: @autoclosure () -> String = "", file: String = #fileID, line: UInt = #line) {
    Verb.debug.say(file, line) { _ in message() }
}

/// A line for who looks for a fault; silent unless debug is asked for: one value as text, or its dump where settings say so.
public func debugf(_ value: @autoclosure () -> Any?, file: String = #fileID, line: UInt = #line) {
    Verb.debug.say(file, line) { $0.text(of: value()) }
}

/// A line for who looks for a fault; silent unless debug is asked for: printf's format and its arguments.
public func debugf(
    _ format: @autoclosure () -> String, _ a: @autoclosure () -> Any?,
    _ b: @autoclosure () -> Any? = MinimalLog.absent, _ c: @autoclosure () -> Any? = MinimalLog.absent,
    _ d: @autoclosure () -> Any? = MinimalLog.absent, _ e: @autoclosure () -> Any? = MinimalLog.absent,
    _ f: @autoclosure () -> Any? = MinimalLog.absent,
    file: String = #fileID, line: UInt = #line
) {
    Verb.debug.say(file, line) { $0.text(format(), [a(), b(), c(), d(), e(), f()]) }
}
