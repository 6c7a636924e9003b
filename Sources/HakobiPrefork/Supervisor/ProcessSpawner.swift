internal import CHakobi
internal import Glibc

/// A fresh process and what the parent keeps of it.
struct SpawnedProcess: Sendable {
    var pid: Int32
    /// Readable when it has ended.
    var pidfd: Int32
    /// The parent's end, non-blocking.
    var pipe: Int32
    var page: Int32
}

/// Starts processes: the only place that execs.
enum ProcessSpawner {
    /// A worker process from an open image.
    static func spawn(
        _ command: ProcessCommand, path: String, serial: Int
    ) throws(SupervisorError) -> SpawnedProcess {
        var ends: [Int32] = [-1, -1]
        guard hakobi_socketpair(&ends) == 0 else { throw .system("socketpair", errno) }
        let ours = OwnedDescriptor(ends[0])
        let theirs = OwnedDescriptor(ends[1])
        let page = try page(command, serial: serial)
        guard hakobi_set_nonblocking(ours.number) == 0 else { throw .system("fcntl", errno) }
        // Swift may let go of an object after its last mention; these have to stay open until the child has them.
        defer { withExtendedLifetime((ours, theirs, page)) {} }
        let layout = DescriptorLayout(command)
        var environment = command.environment
        environment[WorkerDescriptors.variable] = String(layout.first)
        if !command.printsBacktraces { environment["SWIFT_BACKTRACE"] = "enable=no" }
        let pid = try exec(
            command, path: path, environment: environment, layout: layout,
            descriptors: [theirs.number, page.number] + command.sharedDescriptors, isWorker: true)
        let pidfd = try watch(pid)
        return SpawnedProcess(pid: pid, pidfd: pidfd, pipe: ours.release(), page: page.release())
    }

    /// Zero bytes to share, in a file where the command names a directory.
    private static func page(_ command: ProcessCommand, serial: Int) throws(SupervisorError) -> OwnedDescriptor {
        guard let directory = command.pageDirectory else {
            let page = OwnedDescriptor(hakobi_memfd("hakobi-page", command.pageBytes))
            guard page.number >= 0 else { throw .system("memfd_create", errno) }
            return page
        }
        let path = "\(directory)/page-\(serial)"
        unlink(path)
        let page = OwnedDescriptor(open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600))
        guard page.number >= 0 else { throw .system("open \(path)", errno) }
        // Space is taken now: a store into a hole of a full file system would end the process by a signal.
        let error = posix_fallocate(page.number, 0, off_t(command.pageBytes))
        guard error == 0 else { throw .system("posix_fallocate \(path)", error) }
        return page
    }

    /// A new parent: the terminal, standard input and the ready pipe are its own business too.
    static func spawnParent(
        _ command: ProcessCommand, readyPipe: Int32
    ) throws(SupervisorError) -> (pid: Int32, pidfd: Int32) {
        let layout = DescriptorLayout(command)
        var environment = command.environment
        environment[UpgradeHandshake.descriptorVariable] = String(layout.first)
        environment[UpgradeHandshake.replacesVariable] = String(getpid())
        // Named for this process alone: systemd's watchdog shall hold for the new one as well.
        environment["WATCHDOG_PID"] = nil
        let pid = try exec(
            command, path: command.executable, environment: environment, layout: layout,
            descriptors: [readyPipe] + command.sharedDescriptors, isWorker: false)
        return (pid, try watch(pid))
    }

    private static func watch(_ pid: Int32) throws(SupervisorError) -> Int32 {
        let pidfd = hakobi_pidfd(pid)
        guard pidfd < 0 else { return pidfd }
        let why = errno
        // Unwatched it would become a zombie: end it here, where it is still known.
        kill(pid, SIGKILL)
        var death = hakobi_death()
        while hakobi_reap(pid, &death) == 0 { usleep(1000) }
        throw .system("pidfd_open", why)
    }

    private static func exec(
        _ command: ProcessCommand, path: String, environment: [String: String], layout: DescriptorLayout,
        descriptors: [Int32], isWorker: Bool
    ) throws(SupervisorError) -> Int32 {
        let lifted = try descriptors.map { (number) throws(SupervisorError) in
            let copy = OwnedDescriptor(hakobi_dup_above(number, layout.first + Int32(descriptors.count) + 1))
            guard copy.number >= 0 else { throw .system("fcntl", errno) }
            return copy
        }
        defer { withExtendedLifetime(lifted) {} }
        let map = lifted.map(\.number)
        let variables = environment.filter { !layout.hiddenVariables.contains($0.key) }.map { "\($0.key)=\($0.value)" }
        var pid: Int32 = 0
        let error = withCStrings(command.arguments) { argv in
            withCStrings(variables.sorted()) { envp in
                withOptionalCString(command.directory) { directory in
                    map.withUnsafeBufferPointer { map in
                        layout.kept.withUnsafeBufferPointer { kept in
                            path.withCString { path in
                                var what = hakobi_spawn_request(
                                    path: path, argv: argv, envp: envp, directory: directory, map: map.baseAddress,
                                    count: Int32(map.count), first: layout.first, keep: kept.baseAddress,
                                    keep_count: Int32(kept.count), own_group: isWorker ? 1 : 0,
                                    keep_input: isWorker ? 0 : 1)
                                return hakobi_spawn(&what, &pid)
                            }
                        }
                    }
                }
            }
        }
        guard error == 0 else { throw .system("exec \(command.executable)", error) }
        return pid
    }
}

/// Which numbers descriptors have in the started program.
struct DescriptorLayout: Sendable {
    /// The first of ours: 3, or after the listening sockets.
    let first: Int32
    /// Left where they are.
    let kept: [Int32]
    /// Would lie to a program that does not have the sockets, or name another process.
    let hiddenVariables: Set<String>

    init(_ command: ProcessCommand) {
        kept = command.passesListenSockets ? ListenSockets.descriptors(environment: command.environment) : []
        first = max(3, (kept.last ?? 2) + 1)
        hiddenVariables = command.passesListenSockets ? ["LISTEN_PID"] : Set(ListenSockets.variables)
    }
}
