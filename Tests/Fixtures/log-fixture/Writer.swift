import Dispatch
import Glibc
import MinimalLog

/// One of many that write to the same place.
enum Writer {
    /// Writes numbered lines to a file, and opens it anew at each SIGUSR1.
    static func run(path: String, name: String, count: Int) throws {
        let sink = try MinimalLog.FileSink(path: path)
        signal(SIGUSR1, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGUSR1, queue: .global())
        source.setEventHandler {
            do { try sink.reopen() } catch {
                MinimalLog.with {
                    $0.sink = sink
                } run: {
                    warnf("\(error)")
                }
            }
        }
        source.resume()
        print("ready")
        fflush(nil)
        // Not before all are there: the other end says go.
        _ = readLine()
        MinimalLog.with {
            $0.sink = sink
        } run: {
            write(name, count, width: 200)
        }
        source.cancel()
    }

    static func toStandardError(name: String, count: Int) { write(name, count, width: 3000) }

    private static func write(_ name: String, _ count: Int, width: Int) {
        // Lines of all lengths.
        for number in 0..<count { infof("%s %d %s", name, number, String(repeating: "x", count: number * 37 % width)) }
    }
}

/// A disk without room, as far as one process can have it: a limit on the size of its files gives short writes and errors
/// just as a full disk does.
enum FullDisk {
    static func run(path: String) throws {
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 5000, rlim_max: .max)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        let sink = try MinimalLog.FileSink(path: path)
        MinimalLog.with {
            $0.sink = sink
        } run: {
            for number in 0..<200 { infof("%d %s", number, "the quick brown fox jumps over the lazy dog") }
            limit.rlim_cur = .max
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            infof("room again")
            infof("and on")
        }
    }
}

/// Functions that call each other, for a trace in an optimized build.
enum Stack {
    @inline(never) static func outer() { print("out \(middle(3))") }
    @inline(never) static func middle(_ number: Int) -> Int { inner(number + 1) * number }
    @inline(never) static func inner(_ number: Int) -> Int {
        let start = Clock.now
        note(number)
        print("\(Int((Clock.now - start) * 1000)) ms")
        return number
    }
    /// A wrapper that hands on where it was called.
    @inline(never) static func note(_ number: Int, file: String = #fileID, line: UInt = #line) {
        warnff("deep %d", number, file: file, line: line)
        print("noted")
    }
}
