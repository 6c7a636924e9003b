import Foundation
import Synchronization

/// Keeps one server program for the tests: starts, kills and stops it by order. When this process ends, however it ends, the
/// keeper's input closes, and it ends the server and removes its folder.
final class Keeper: Sendable {
    struct Trouble: Error, CustomStringConvertible { let description: String }

    private struct State: Sendable {
        var input: FileHandle
        var output: FileHandle
    }

    private let state: Mutex<State>
    /// Where everything of the server is.
    let folder: String

    /// What the shell does. `serve` starts the program in the foreground, `ready` answers whether it serves; both, and
    /// `prepare`, are run in the folder as the user `user` (servers refuse to be root).
    private static let script = #"""
        # Heard and done nothing about; ignoring them would be inherited by the server.
        trap : INT TERM HUP
        cd "$1" || exit 1
        prepare=$2 serve=$3 ready=$4 pid=
        as_user=()
        if [ "$(id -u)" = 0 ]; then
            as_user=(setpriv --reuid="$5" --regid="$5" --init-groups --)
            chown "$5" .
        fi
        begin() {
            "${as_user[@]}" sh -c "exec $serve" >>log 2>&1 </dev/null &
            pid=$!
            local tries=0
            until "${as_user[@]}" bash -c "$ready" >/dev/null 2>&1; do
                kill -0 "$pid" 2>/dev/null || return 1
                tries=$((tries + 1)); [ "$tries" -lt 600 ] || return 1
                sleep 0.05
            done
        }
        # What was killed may hold its memory for a moment more.
        start() { begin || { sleep 0.3; begin; } || { sleep 1; begin; }; }
        # Stopped first, so that it starts no successors; then its children, then itself.
        slay() {
            [ -n "$pid" ] || return 0
            kill -STOP "$pid" 2>/dev/null
            for child in $(ps -o pid= --ppid "$pid"); do kill -KILL "$child" 2>/dev/null; done
            kill -KILL "$pid" 2>/dev/null
            wait "$pid" 2>/dev/null
            pid=
        }
        stop() { [ -n "$pid" ] || return 0; kill -INT "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; pid=; }
        freeze() { for one in $(ps -o pid= --ppid "$pid") "$pid"; do kill "-$1" "$one" 2>/dev/null; done; }
        while read -r order; do
            case $order in
                prepare) "${as_user[@]}" sh -c "$prepare" >>log 2>&1 </dev/null ;;
                start) start ;;
                kill) slay ;;
                stop) stop ;;
                freeze) freeze STOP ;;
                thaw) freeze CONT ;;
            esac
            if [ $? = 0 ]; then echo done; else echo failed; fi
        done
        slay
        cd / && rm -rf "$1"
        """#

    /// In memory where there is room: a schema a test means a thousand flushes, and no test here cuts the power.
    private static let root: String = {
        var room = statvfs()
        let isRoomy = statvfs("/dev/shm", &room) == 0 && UInt64(room.f_bavail) * UInt64(room.f_frsize) > 4 << 30
        return isRoomy ? "/dev/shm" : "/tmp"
    }()

    init(name: String, prepare: String, serve: String, ready: String, user: String) throws {
        var template = Array("\(Self.root)/hakobi-\(name)-XXXXXX\0".utf8CString)
        guard let made = template.withUnsafeMutableBufferPointer({ mkdtemp($0.baseAddress!) }) else {
            throw Trouble(description: "no folder for \(name) could be made in \(Self.root)")
        }
        folder = String(cString: made)
        chmod(folder, 0o755)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", Self.script, "keeper", folder, prepare, serve, ready, user]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        state = Mutex(State(input: input.fileHandleForWriting, output: output.fileHandleForReading))
    }

    /// Gives an order and waits until it has been carried out.
    func order(_ order: String) throws {
        let answer = try state.withLock { state in
            try state.input.write(contentsOf: Data("\(order)\n".utf8))
            var line = Data()
            while let byte = try state.output.read(upToCount: 1), byte.first != UInt8(ascii: "\n"), !byte.isEmpty {
                line.append(byte)
            }
            return String(decoding: line, as: UTF8.self)
        }
        guard answer == "done" else {
            throw Trouble(description: "\(order) failed: \(log.suffix(2000))")
        }
    }

    var log: String { (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? "" }

    deinit { state.withLock { try? $0.input.close() } }

    /// A TCP port of the loopback that nobody has now.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound else { throw Trouble(description: "no free port on the loopback") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Runs a program to its end; its output, or an error with what it said.
    static func run(_ words: [String], environment: [String: String] = [:]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, own in own }
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Trouble(description: "\(words[0]): \(said)") }
        return said.trimmingCharacters(in: .newlines)
    }
}
