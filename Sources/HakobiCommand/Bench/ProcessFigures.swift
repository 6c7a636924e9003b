import Glibc
import Hakobi

/// What the kernel counted for a process.
enum ProcessFigures {
    /// A field of `/proc/PID/status` in MiB, as in `VmHWM` (peak) or `VmRSS` (now).
    static func memory(_ field: String, of pid: Int32 = getpid()) -> Double {
        for line in ProcessFiles.text("status", of: pid).split(separator: "\n") where line.hasPrefix(field + ":") {
            let kibibytes = line.dropFirst(field.count + 1).split(whereSeparator: \.isWhitespace).first
            return (kibibytes.flatMap { Double($0) } ?? .nan) / 1024
        }
        return .nan
    }

    /// The larger of two readings; one that could not be had (the process is gone) does not count.
    static func larger(_ known: Double, _ reading: Double) -> Double { reading.isNaN ? known : max(known, reading) }

    /// Processor seconds used so far by a process and its children that still run.
    static func tree(of pid: Int32) -> Double {
        ([pid] + ProcessFiles.children(of: pid)).reduce(0) { total, pid in
            // After the name, which may hold anything, in parentheses: fields 14 and 15 are user and system ticks.
            let fields = ProcessFiles.text("stat", of: pid).split(separator: ")").last?.split(separator: " ") ?? []
            guard fields.count > 13, let user = Double(fields[11]), let system = Double(fields[12]) else {
                return total
            }
            return total + (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
    }

    /// Processor seconds, of this process and of the children it has waited for.
    static func processorSeconds() -> Double { seconds(0) + seconds(-1) }

    /// `whose` is 0 for this process and -1 for its children: Glibc's own names have a type that `getrusage` refuses.
    private static func seconds(_ whose: Int32) -> Double {
        var usage = rusage()
        guard getrusage(whose, &usage) == 0 else { return .nan }
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }
}
