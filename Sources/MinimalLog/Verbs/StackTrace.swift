import Runtime

/// Where the callers are, from the stack and the program's debug information; none where that was stripped.
enum StackTrace {
    private static let limit = 64

    /// The callers of the frame at `file` and `line`, innermost first, as far as their places are known.
    ///
    /// Reads the program's own file for its line table: milliseconds, so for rare lines.
    static func callers(of file: String, _ line: UInt) -> [MinimalLog.CallSite] {
        // Without a stack the line still says where it comes from.
        guard let stack = try? Backtrace.capture(limit: limit).symbolicated() else { return [] }
        let places = stack.frames.compactMap { frame -> MinimalLog.CallSite? in
            guard let symbol = frame.symbol, let place = symbol.sourceLocation, place.line > 0 else { return nil }
            return MinimalLog.CallSite(file: LineFormat.name(of: place.path), line: UInt(place.line))
        }
        // Above the call are this library's own frames, and those of wrappers that hand on where they were called.
        guard let own = places.firstIndex(where: { $0.file == file && $0.line == line }) else {
            return Array(places.drop { ours.contains($0.file) }.dropFirst())
        }
        return Array(places[(own + 1)...])
    }

    private static let ours: Set<String> = ["StackTrace.swift", "Verb.swift", "StackVerbs.swift", "Croak.swift"]
}
