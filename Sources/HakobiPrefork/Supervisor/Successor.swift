internal import CHakobi
internal import Glibc

/// A new parent on its way (USR2), as the old one sees it.
struct Successor {
    var pid: Int32
    /// Readable when it has ended.
    var pidfd: Int32
    /// A byte comes when it is up; end of file before that means that it never will be. -1 once either has come.
    var pipe: Int32
}

extension SupervisorLoop {
    func startSuccessor() {
        guard let command = supervisor.successorCommand else {
            return enqueue(.upgradeFailed(why: "this program does not know how it was started"))
        }
        var ends: [Int32] = [-1, -1]
        guard hakobi_pipe(&ends) == 0 else { return enqueue(.upgradeFailed(why: "pipe2: \(errno)")) }
        let ours = OwnedDescriptor(ends[0])
        let theirs = OwnedDescriptor(ends[1])
        defer { withExtendedLifetime((ours, theirs)) {} }
        do throws(SupervisorError) {
            let (pid, pidfd) = try ProcessSpawner.spawnParent(command, readyPipe: theirs.number)
            successor = Successor(pid: pid, pidfd: pidfd, pipe: ours.release())
            enqueue(.upgradeStarted(pid: pid))
        } catch {
            enqueue(.upgradeFailed(why: "\(error)"))
        }
    }

    /// Looks at its pipe first: one that was up and then ended has taken over all the same, in that order.
    func checkSuccessor() {
        guard let successor else { return }
        if successor.pipe >= 0 { readPipe(of: successor) }
        var death = hakobi_death()
        guard hakobi_reap(successor.pid, &death) != 0 else { return }
        if let pipe = self.successor?.pipe, pipe >= 0 { close(pipe) }
        close(successor.pidfd)
        self.successor = nil
        enqueue(.upgradeFailed(why: "process \(successor.pid) ended before it was ready"))
    }

    private func readPipe(of successor: Successor) {
        var byte: UInt8 = 0
        let count = read(successor.pipe, &byte, 1)
        guard count >= 0 else { return }
        close(successor.pipe)
        self.successor?.pipe = -1
        guard count == 0 else { return enqueue(.upgradeReady) }
        // Its failure is said once, when it has left: said here too, its end could be taken for the end of the next one,
        // which would then serve beside this one for ever.
        kill(successor.pid, SIGTERM)
    }
}
