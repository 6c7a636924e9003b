import Foundation
import Glibc
import HakobiCore
import Testing

@testable import HakobiCommand

@Suite("The live view")
struct WatchTests {
    @Test(arguments: [UInt8(ascii: "q"), 3]) func itFitsAnOldTerminalAndGivesItBack(_ key: UInt8) async throws {
        let folder = try Folder()
        _ = try await hakobi("enqueue", "mail", "--lines", in: folder, input: "1\n2\n3")
        let terminal = try PseudoTerminal(columns: 80, rows: 24)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Built.hakobi)
        process.arguments = ["watch"]
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.standardInput = terminal.slave
        process.standardOutput = terminal.slave
        process.standardError = terminal.slave
        let before = terminal.localFlags
        try process.run()
        await until { terminal.read().contains("done 0/s") }
        #expect(terminal.localFlags & tcflag_t(ICANON) == 0)
        terminal.write(key)
        await until { !process.isRunning }
        #expect(!process.isRunning && process.terminationStatus == 0)
        let shown = terminal.read()
        #expect(shown.contains("default") && shown.contains("READY") && shown.hasSuffix("\u{1B}[?25h\u{1B}[?1049l"))
        #expect(terminal.localFlags == before)
        for frame in shown.split(separator: "\u{1B}[H") {
            let lines = frame.split(separator: "\r\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 24 && lines.allSatisfy { $0.prefix(while: { $0 != "\u{1B}" }).count <= 80 })
        }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
}

/// A terminal without a screen.
private final class PseudoTerminal {
    let slave: FileHandle
    private let master: Int32
    private var seen = ""

    init(columns: UInt16, rows: UInt16) throws {
        // posix_openpt and its kin are not in the Glibc module; these two calls are what they do on Linux.
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var (unlocked, number): (Int32, Int32) = (0, -1)
        guard master >= 0, ioctl(master, 0x4004_5431, &unlocked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
            throw Unreadable("no pseudo-terminal: \(errno)")
        }
        slave = FileHandle(fileDescriptor: open("/dev/pts/\(number)", O_RDWR | O_NOCTTY), closeOnDealloc: true)
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
        _ = fcntl(master, F_SETFL, O_NONBLOCK)
    }

    deinit { close(master) }

    /// Everything shown so far.
    func read() -> String {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = Glibc.read(master, &buffer, buffer.count), count > 0 {
            seen += String(decoding: buffer[..<count], as: UTF8.self)
        }
        return seen
    }

    func write(_ key: UInt8) {
        var key = key
        _ = Glibc.write(master, &key, 1)
    }

    var localFlags: tcflag_t {
        var settings = termios()
        tcgetattr(slave.fileDescriptor, &settings)
        return settings.c_lflag
    }
}
