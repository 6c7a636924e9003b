import Glibc

/// One program started by a test, in a process group of its own, with a clean signal mask and its output in a file.
final class Running: Sendable {
    let pid: pid_t
    let output: String

    init(_ path: String, _ arguments: [String], environment: [String: String], output: String) throws {
        self.output = output
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var argv = ([path] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, path, &actions, &attributes, &argv, &envp)
        guard code == 0 else { throw HarnessError("cannot start \(path): \(String(cString: strerror(code)))") }
        self.pid = pid
    }

    func signal(_ number: Int32) { kill(pid, number) }

    /// The exit status when it has ended: a code, or 128 and the signal's number.
    @discardableResult
    func end(within limit: Duration = .seconds(30)) async throws -> Int32 {
        try await eventually("process \(pid) ends", within: limit) { self.status() }
    }

    private func status() -> Int32? {
        var information = siginfo_t()
        // Left waitable, so that asking twice answers twice; the kernel forgets it with this process.
        guard waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT) == 0 else { return nil }
        let child = information._sifields._sigchld
        guard child.si_pid == pid else { return nil }
        return information.si_code == Int32(CLD_EXITED) ? child.si_status : 128 + child.si_status
    }

    func reap() { waitpid(pid, nil, 0) }

    var log: String { (try? String(contentsOfFileAt: output)) ?? "" }
}

struct HarnessError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Looks until there is an answer. What is watched is another process, which tells nobody here when it changes.
func eventually<Answer>(
    _ what: String, within limit: Duration = .seconds(20), every pause: Duration = .milliseconds(5),
    _ look: () async throws -> Answer?
) async throws -> Answer {
    let deadline = ContinuousClock.now + limit
    while true {
        if let answer = try await look() { return answer }
        guard ContinuousClock.now < deadline else { throw HarnessError("not within \(limit): \(what)") }
        try await Task.sleep(for: pause)
    }
}

func until(
    _ what: String, within limit: Duration = .seconds(20), every pause: Duration = .milliseconds(5),
    _ holds: () async throws -> Bool
) async throws {
    _ = try await eventually(what, within: limit, every: pause) { try await holds() ? true : nil }
}

/// Nanoseconds of the clock that the marks use.
func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
