internal import HakobiCore

/// Lines of `name: value`. Values are bytes: a backslash, a line feed and a carriage return are escaped, and nothing else.
struct StateLines {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ name: String, _ value: String?) { if let value { add(name, bytes: Array(value.utf8)) } }
    mutating func add(_ name: String, _ value: Int) { add(name, String(value)) }
    mutating func add(_ name: String, _ value: Int64?) { add(name, value.map { String($0) }) }
    mutating func add(_ name: String, _ fields: [String: String]) { add(name, bytes: Netstrings.encode(fields)) }
    mutating func add(whole line: [UInt8]) { bytes += line + [UInt8(ascii: "\n")] }

    mutating func add(_ name: String, bytes value: [UInt8]?) {
        guard let value else { return }
        bytes += name.utf8
        bytes += ": ".utf8
        for byte in value {
            switch byte {
            case UInt8(ascii: "\\"): bytes += "\\\\".utf8
            case UInt8(ascii: "\n"): bytes += "\\n".utf8
            case UInt8(ascii: "\r"): bytes += "\\r".utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    /// `nil` when the line has no name.
    static func field(_ line: ArraySlice<UInt8>) -> (name: String, value: [UInt8])? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let rest = line[(colon + 1)...]
        let value = rest.first == UInt8(ascii: " ") ? rest.dropFirst() : rest
        return (String(decoding: line[..<colon], as: UTF8.self), plain(value))
    }

    private static func plain(_ value: ArraySlice<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(value.count)
        var isEscaped = false
        for byte in value {
            if isEscaped {
                switch byte {
                case UInt8(ascii: "n"): plain.append(UInt8(ascii: "\n"))
                case UInt8(ascii: "r"): plain.append(UInt8(ascii: "\r"))
                default: plain.append(byte)
                }
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else {
                plain.append(byte)
            }
        }
        return plain
    }
}

extension Progress {
    var fields: [String: String] {
        var fields = ["done": String(done)]
        fields["total"] = total.map { String($0) }
        fields["note"] = note
        return fields
    }

    init?(fields: [String: String]) {
        guard let done = fields["done"].flatMap({ Int($0) }) else { return nil }
        self.init(done: done, total: fields["total"].flatMap { Int($0) }, note: fields["note"])
    }
}

extension AttemptRecord {
    var fields: [String: String] {
        var fields = [
            "attempt": String(attempt), "outcome": outcome, "started": String(startedAt.microseconds),
            "ended": String(endedAt.microseconds),
        ]
        fields["error"] = error
        if let cause {
            fields["cause"] = "yes"
            fields["signal"] = cause.signal.map { String($0) }
            fields["exit"] = cause.exitCode.map { String($0) }
            fields["peak"] = cause.peakMemory.map { String($0) }
        }
        if let report {
            fields["host"] = report.host
            fields["pid"] = String(report.pid)
            fields["generation"] = String(report.generation)
            fields["release"] = report.release
            fields["ran"] = String(report.ran.wholeMicroseconds)
        }
        return fields
    }

    init?(fields: [String: String]) {
        func number(_ name: String) -> Int64? { fields[name].flatMap { Int64($0) } }
        guard let attempt = number("attempt"), let outcome = fields["outcome"], let started = number("started"),
            let ended = number("ended")
        else { return nil }
        let cause =
            fields["cause"] == nil
            ? nil
            : CauseOfDeath(
                signal: number("signal").map { Int32(clamping: $0) },
                exitCode: number("exit").map { Int32(clamping: $0) }, peakMemory: number("peak"))
        let report = fields["host"].map { host in
            AttemptReport(
                host: host, pid: Int32(clamping: number("pid") ?? 0), generation: Int(number("generation") ?? 0),
                release: fields["release"] ?? "", ran: .microseconds(number("ran") ?? 0))
        }
        self.init(
            attempt: Int(attempt), outcome: outcome, error: fields["error"], cause: cause, report: report,
            startedAt: Timestamp(microseconds: started), endedAt: Timestamp(microseconds: ended))
    }
}
