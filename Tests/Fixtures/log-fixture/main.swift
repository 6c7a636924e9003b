import Glibc

// What needs a process of its own: writers that share a file, a disk that is full, and measurements.
let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case "write": try Writer.run(path: arguments[1], name: arguments[2], count: Int(arguments[3]) ?? 0)
case "pipe": Writer.toStandardError(name: arguments[1], count: Int(arguments[2]) ?? 0)
case "full": try FullDisk.run(path: arguments[1])
case "stack": Stack.outer()
case "muted": Muted.run()
case "bench": try Bench.run(perl: arguments.dropFirst().first)
default:
    print("log-fixture write PATH NAME COUNT | pipe NAME COUNT | full PATH | stack | muted | bench [PERL-PROGRAM]")
    exit(64)
}
