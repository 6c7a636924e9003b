import Glibc
import HakobiPrograms

/// Standard output and standard error, whole lines at a time, by write(2).
enum Output {
    static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    static func print(_ value: JSONValue) { print(value.line) }

    static func error(_ sentence: String) { write("hakobi: \(sentence)\n", to: STDERR_FILENO) }

    static func write(_ text: String, to descriptor: Int32) { write(Array(text.utf8)[...], to: descriptor) }

    /// Writes all of it, or stops at the first error: nobody is left to be told.
    static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
