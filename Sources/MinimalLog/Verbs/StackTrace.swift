import Runtime

/// Where the callers are, from the stack and the program's debug information; none where that was stripped.
///
/// An optimized build knows fewer: a function whose last act is the next call has left the stack, and of functions that were
/// merged, being alike, no line is known.
enum StackTrace {
    private static let limit = 64

    /// The callers of the frame at `file` and `line`, innermost first, as far as their places are known.
    ///
    /// Reads the program's own file for its line table: for rare lines.
    static func callers(of file: String, _ line: UInt) -> [MinimalLog.CallSite] {
        // Without a stack the line still says where it comes from.
        guard let stack = try? Backtrace.capture(limit: limit).symbolicated() else { return [] }
        let places = stack.frames.drop(while: isOurs).compactMap(place)
        // Wrappers hand on where they were called: what is above that place is theirs.
        if let own = places.firstIndex(where: { $0.file == file && $0.line == line }) {
            return Array(places[(own + 1)...])
        }
        // A call over several lines is known by another one of them.
        guard let first = places.first, first.file == file, abs(Int(first.line) - Int(line)) <= 5 else { return places }
        return Array(places.dropFirst())
    }

    private static func isOurs(_ frame: SymbolicatedBacktrace.Frame) -> Bool {
        frame.symbol?.rawName.hasPrefix("$s10MinimalLog") ?? true
    }

    private static func place(of frame: SymbolicatedBacktrace.Frame) -> MinimalLog.CallSite? {
        guard let place = frame.symbol?.sourceLocation, place.line > 0 else { return nil }
        return MinimalLog.CallSite(file: LineFormat.name(of: place.path), line: UInt(place.line))
    }
}
