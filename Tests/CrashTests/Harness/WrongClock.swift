import Foundation

/// A library that, loaded into a program before all others, sets its wall clock wrong, and only that: `faketime` also shifts
/// every timer of Swift's by its offset (of a clock 60 s behind each `Task.sleep` lasts 60 s longer), and hides the arguments.
enum WrongClock {
    private static let source = """
        #define _GNU_SOURCE
        #include <stdlib.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>
        int clock_gettime(clockid_t clock, struct timespec *now) {
            int code = syscall(SYS_clock_gettime, clock, now);
            const char *offset = getenv("CLOCK_OFFSET");
            if (code == 0 && clock == CLOCK_REALTIME && offset) now->tv_sec += atol(offset);
            return code;
        }
        int gettimeofday(struct timeval *now, void *zone) {
            struct timespec exact;
            int code = clock_gettime(CLOCK_REALTIME, &exact);
            now->tv_sec = exact.tv_sec;
            now->tv_usec = exact.tv_nsec / 1000;
            return code;
        }
        time_t time(time_t *now) {
            struct timespec exact;
            clock_gettime(CLOCK_REALTIME, &exact);
            if (now) *now = exact.tv_sec;
            return exact.tv_sec;
        }
        """

    /// The environment of a program whose clock is to be wrong by so many seconds; the library is made in `folder`.
    static func variables(seconds: Int, in folder: String) async throws -> [String: String] {
        let library = folder + "/wrong-clock.so"
        try source.write(toFile: folder + "/wrong-clock.c", atomically: false, encoding: .utf8)
        let compiler = try Running(
            "/usr/bin/cc", ["-shared", "-fPIC", "-O1", "-o", library, folder + "/wrong-clock.c"],
            environment: ["PATH": "/usr/bin:/bin"], output: folder + "/cc")
        let status = try await compiler.end()
        compiler.reap()
        guard status == 0 else { throw HarnessError("cc: \(compiler.log)") }
        return ["LD_PRELOAD": library, "CLOCK_OFFSET": "\(seconds)"]
    }
}
