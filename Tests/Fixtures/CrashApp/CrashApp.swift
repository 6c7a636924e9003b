import Glibc
import HakobiCommand

/// The crash tests' own program: all of `hakobi`'s commands over `CrashJobs`, and three modes of its own.
///
///     in-process    a service without a supervisor; CRASH_PLAN names the store call at which it dies
///     preforked     the same with worker processes, composed as `up` does it
///     feed KIND PAYLOAD COUNT [CALLERS]    enqueues, and notes each acknowledged job
@main struct CrashApp {
    static func main() async {
        do {
            await OwnPreforkedService.serveIfWorker()
            switch CommandLine.arguments.dropFirst().first {
            case "in-process": try await OwnService.runInProcess()
            case "preforked": try await OwnPreforkedService.run()
            case "feed": try await Feeder.run(Array(CommandLine.arguments.dropFirst(2)))
            default: await CrashJobs.main()
            }
        } catch {
            Marks.write("ended \(getpid()) \(error)")
            exit(1)
        }
    }
}
