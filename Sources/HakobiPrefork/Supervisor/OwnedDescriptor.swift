internal import Glibc

/// Closes its descriptor on every path, unless it was handed on.
final class OwnedDescriptor {
    private(set) var number: Int32

    init(_ number: Int32) {
        self.number = number
    }

    deinit {
        if number >= 0 { close(number) }
    }

    /// Hands it on: from here on it is the caller's to close.
    func release() -> Int32 {
        defer { number = -1 }
        return number
    }
}

/// Calls `body` with a NULL-terminated array of C strings, as exec wants them.
package func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var copies = strings.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return copies.withUnsafeMutableBufferPointer { body(UnsafePointer($0.baseAddress!)) }
}

/// Calls `body` with a C string, or with nothing.
func withOptionalCString<Result>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let string else { return body(nil) }
    return string.withCString { body($0) }
}
