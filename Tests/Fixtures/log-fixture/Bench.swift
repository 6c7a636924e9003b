import Glibc
import Logging
import MallocCount
import MinimalLog

/// Lines a second of MinimalLog, of swift-log's own handler and of a program given (Perl's), taking turns, to nowhere and to a file.
enum Bench {
    private static let lines = 100_000
    private static let rounds = 5

    static func run(perl: String?) throws {
        for place in ["/dev/null", "/tmp/log-bench-\(getpid())"] {
            defer { if place != "/dev/null" { unlink(place) } }
            var seconds: [String: [Double]] = [:]
            for _ in 0..<rounds {
                for (name, body) in writers(place) { seconds[name, default: []].append(body()) }
                if let perl { seconds["Perl", default: []].append(program(perl, place)) }
            }
            print(place == "/dev/null" ? "to nowhere" : "to a file")
            let medians = seconds.mapValues { $0.sorted()[rounds / 2] }
            for (name, median) in medians.sorted(by: { $0.value < $1.value }) {
                print("  \(name): \(Int(Double(lines) / median)) lines/s, \(Int(median / Double(lines) * 1e9)) ns")
            }
            ratios(medians)
        }
    }

    private static func ratios(_ medians: [String: Double]) {
        guard let verb = medians["infof"], let handler = medians["MinimalLogHandler"] else { return }
        if let stream = medians["StreamLogHandler"] {
            print("  handler over StreamLogHandler: \(rounded(stream / handler))")
        }
        if let own = medians["MinimalLogHandler, metadata"], let stream = medians["StreamLogHandler, metadata"] {
            print("  the same with metadata: \(rounded(stream / own))")
        }
        if let perl = medians["Perl"] { print("  infof over Perl: \(rounded(perl / verb))") }
    }

    private static func rounded(_ ratio: Double) -> Double { (ratio * 100).rounded() / 100 }

    private static func writers(_ place: String) -> [(String, () -> Double)] {
        let minimal = Logger(label: "bench") { MinimalLogHandler(label: $0) }
        let stream = Logger(label: "bench") { StreamLogHandler.standardError(label: $0) }
        func onto(_ body: @escaping (Int) -> Void) -> () -> Double {
            { timed(place) { for number in 0..<lines { body(number) } } }
        }
        return [
            ("infof", onto { infof("user %d has come in from %s", $0, "192.0.2.1") }),
            ("infof, interpolated", onto { infof("user \($0) has come in from 192.0.2.1") }),
            ("MinimalLogHandler", onto { minimal.info("user \($0) has come in from 192.0.2.1") }),
            ("StreamLogHandler", onto { stream.info("user \($0) has come in from 192.0.2.1") }),
            (
                "MinimalLogHandler, metadata",
                onto { minimal.info("job completed", metadata: ["job": "\($0)", "kind": "mail", "ms": "12"]) }
            ),
            ("MinimalLogHandler, a job's end", onto { jobs(minimal, $0) }),
            (
                "MinimalLogHandler, a job's end in JSON",
                {
                    MinimalLog.with {
                        $0.format = .json
                    } run: {
                        onto { jobs(minimal, $0) }()
                    }
                }
            ),
            ("StreamLogHandler, a job's end", onto { jobs(stream, $0) }),
            (
                "StreamLogHandler, metadata",
                onto { stream.info("job completed", metadata: ["job": "\($0)", "kind": "mail", "ms": "12"]) }
            ),
        ]
    }

    /// The line that each job's end has.
    private static func jobs(_ logger: Logger, _ number: Int) {
        logger.info(
            "job completed",
            metadata: [
                "job": "01976f3a-5b7e-7c4d-9f0a-\(100_000_000_000 + number)", "kind": "send-welcome",
                "queue": "default",
                "attempt": "1", "ms": "\(number % 100)", "pid": "4711",
            ])
    }

    /// Seconds, with standard error at the place meanwhile.
    private static func timed(_ place: String, _ body: () -> Void) -> Double {
        let kept = dup(STDERR_FILENO)
        let target = open(place, O_WRONLY | O_CREAT | O_APPEND | O_TRUNC, 0o600)
        dup2(target, STDERR_FILENO)
        defer {
            dup2(kept, STDERR_FILENO)
            close(kept)
            close(target)
        }
        let start = Clock.now
        body()
        return Clock.now - start
    }

    /// The seconds that the program says it took for as many lines.
    private static func program(_ path: String, _ place: String) -> Double {
        guard let output = popen("perl '\(path)' \(lines) 2>>'\(place)'", "r") else { return .infinity }
        defer { pclose(output) }
        var buffer = [CChar](repeating: 0, count: 100)
        guard fgets(&buffer, 100, output) != nil else { return .infinity }
        return strtod(buffer, nil)
    }
}
