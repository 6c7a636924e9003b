internal import Glibc
internal import Hakobi
internal import HakobiCore
internal import Logging

/// One action, one deed.
extension SupervisorLoop {
    func perform(_ action: SupervisorAction) {
        switch action {
        case .spawn(let serial, let generation, let isLonely, let limit):
            spawn(serial: serial, generation: generation, isLonely: isLonely, jobLimit: limit)
        case .retire(let serial):
            if let process = live[serial]?.process { observer.retire(process) }
        case .kill(let serial, let signal):
            if let process = live[serial]?.process { kill(process.pid, signal) }
        case .gone(let serial, let cause, let kind):
            gone(serial, cause, kind)
        case .measure(let serial):
            guard let process = live[serial]?.process else { return }
            enqueue(.measured(serial: serial, bytes: ProcessMemory.residentWithPrograms(of: process.pid)))
        case .quiet(let isQuiet): observer.quiet(isQuiet)
        case .drain: observer.drain()
        case .report:
            observer.reopenLogs()
            observer.logState()
        case .reload(let generation): reload(generation)
        case .forget(let generation): programs[generation] = nil
        case .upgrade: startSuccessor()
        case .endUpgrade(let signal):
            if let successor { kill(successor.pid, signal) }
        case .notify(let notice): supervisor.notifier?.send(notice)
        case .announceReady: supervisor.handshake?.announce()
        case .log(let level, let text): logger.log(level: level, "\(text)")
        case .finish(let end): self.end = end
        }
    }

    private func spawn(serial: Int, generation: Int, isLonely: Bool, jobLimit: Int?) {
        guard let program = programs[generation] else {
            return enqueue(.spawnFailed(serial: serial, why: "generation \(generation) is gone"))
        }
        do throws(SupervisorError) {
            let spawned = try ProcessSpawner.spawn(program.command, path: program.image.path, serial: serial)
            let process = WorkerProcess(
                serial: serial, pid: spawned.pid, generation: generation, pipe: spawned.pipe, page: spawned.page,
                isLonely: isLonely, jobLimit: jobLimit)
            live[serial] = Live(process: process, pidfd: spawned.pidfd, parentsPeak: ProcessMemory.ownPeak())
            enqueue(.spawned(serial: serial, pid: spawned.pid))
            observer.spawned(process)
        } catch {
            enqueue(.spawnFailed(serial: serial, why: "\(error)"))
        }
    }

    private func gone(_ serial: Int, _ cause: CauseOfDeath, _ kind: ExitKind) {
        guard let child = live.removeValue(forKey: serial) else { return }
        close(child.pidfd)
        observer.exited(child.process, cause: cause, kind: kind)
    }

    private func reload(_ generation: Int) {
        do {
            let settings = try observer.reload()
            let image = try ProgramImage.onDisk(settings.command.executable)
            programs[generation] = Program(command: settings.command, image: image)
            enqueue(.reloaded(settings.policy))
        } catch {
            enqueue(.reloadFailed(why: "\(error)"))
        }
    }
}
