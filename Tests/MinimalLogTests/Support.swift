import Foundation
import Glibc
import Logging
import MinimalLog
import Synchronization

/// Keeps lines instead of writing them.
final class Lines: MinimalLog.Sink {
    private let kept = Mutex<[String]>([])
    let surface: MinimalLog.Surface
    let lineLimit: Int

    init(_ surface: MinimalLog.Surface = .other, lineLimit: Int = 65536) {
        self.surface = surface
        self.lineLimit = lineLimit
    }

    var all: [String] { kept.withLock { $0 } }

    func write(_ line: Span<UInt8>) {
        let text = line.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        kept.withLock { $0.append(text) }
    }
}

/// The lines that `body` logs at a quarter to six on the day of the saucer.
func logged(
    on surface: MinimalLog.Surface = .other, limit: Int = 65536,
    _ change: @escaping @Sendable (inout MinimalLog.Settings) -> Void = { _ in }, _ body: () throws -> Void
) rethrows -> [String] {
    let lines = Lines(surface, lineLimit: limit)
    try MinimalLog.with({
        $0.sink = lines
        $0.clock = { saucerTime }
        change(&$0)
    }) { try body() }
    return lines.all
}

/// 2011-06-10T17:41:59 on this machine's clock, whatever its zone.
let saucerTime: Int64 = {
    var parts = tm()
    parts.tm_year = 111
    parts.tm_mon = 5
    parts.tm_mday = 10
    parts.tm_hour = 17
    parts.tm_min = 41
    parts.tm_sec = 59
    parts.tm_isdst = -1
    return Int64(mktime(&parts)) * 1_000_000
}()

/// A folder that is gone after the test.
struct Folder: ~Copyable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID())").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        // Left to the system's own cleaning when it fails.
        try? FileManager.default.removeItem(atPath: path)
    }

    func text(_ name: String) throws -> String { try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }
}

/// The fixture, which is built beside the tests.
func fixture(_ arguments: String..., output: Any? = nil, error: Any? = nil) throws -> Process {
    let image = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: image).deletingLastPathComponent().appending(path: "log-fixture")
    process.arguments = arguments
    if let output { process.standardOutput = output }
    if let error { process.standardError = error }
    return process
}
