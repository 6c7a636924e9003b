import CHakobi
import Glibc

/// The terminal in single-key mode on its other screen; given back as it was by `restore`, and by the signals that end us.
struct Terminal {
    private var before = termios()
    private let signals: Int32

    /// `nil` when standard input or output is no terminal.
    init?() {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, tcgetattr(STDIN_FILENO, &before) == 0 else {
            return nil
        }
        var ends: [Int32] = [-1, -1]
        guard hakobi_pipe(&ends) == 0, hakobi_watch_signals(Self.endings, Int32(Self.endings.count), ends[1]) == 0
        else { return nil }
        signals = ends[0]
        var single = before
        // Without ISIG a Ctrl-C is a key like others, and the view leaves by one way only.
        single.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        tcsetattr(STDIN_FILENO, TCSANOW, &single)
        Output.write("\u{1B}[?1049h\u{1B}[?25l", to: STDOUT_FILENO)
    }

    private static let endings = [SIGINT, SIGTERM, SIGHUP]

    func restore() {
        Output.write("\u{1B}[?25h\u{1B}[?1049l", to: STDOUT_FILENO)
        var settings = before
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }

    var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Writes over the last frame line by line: clearing first would flicker.
    func draw(_ lines: [String]) {
        let text = lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n")
        Output.write("\u{1B}[H" + text + "\u{1B}[J", to: STDOUT_FILENO)
    }

    /// Waits up to `milliseconds` for a key that ends the view (q, Ctrl-C, Ctrl-D) or a signal that does.
    func wantsToLeave(within milliseconds: Int32) -> Bool {
        var watched = [
            pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&watched, 2, milliseconds) > 0 else { return false }
        if watched[1].revents != 0 { return true }
        var key: UInt8 = 0
        guard read(STDIN_FILENO, &key, 1) == 1 else { return true }
        return key == UInt8(ascii: "q") || key == UInt8(ascii: "Q") || key == 3 || key == 4
    }
}
