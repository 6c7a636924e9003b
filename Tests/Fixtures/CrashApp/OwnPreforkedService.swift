import Foundation
import Hakobi
import HakobiPrefork
import Logging

/// Supervisor, pipes and worker put together as `up` does it, over a store that is going to kill them.
enum OwnPreforkedService {
    static func run() async throws {
        let roles = try await OwnService.openStore()
        var settings = OwnService.settings
        settings.concurrency = 1
        let incarnation = try Incarnation.start(node: settings.node, directory: settings.runtimeDirectory)
        let supervised = SupervisorSettings(
            command: command(incarnation), policy: SupervisorPolicy(processes: 2, grace: settings.grace))
        let runner = try PipeRunner(pipes(incarnation), release: CrashJobs.release, logger: OwnService.logger)
        let worker = try Worker(
            roles, runner: runner, incarnation: incarnation, settings: settings, logger: OwnService.logger)
        let supervisor = Supervisor(supervised, observer: runner, logger: OwnService.logger)
        var hooks = PipeHooks(reload: { supervised })
        let ended = Doorbell()
        hooks.drain = { worker.drain() }
        hooks.ending = { await ended.wait() }
        runner.attach(supervisor, hooks: hooks)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { ended.ring() }
                try await supervisor.run()
            }
            group.addTask { try await worker.run() }
            group.addTask { try await OwnService.feedIfAsked(roles) }
            try await group.waitForAll()
        }
        await roles.close()
    }

    /// Only the children of `run` are served here; those of `up` are its own matter.
    static func serveIfWorker() async {
        guard CommandLine.arguments.first == workerName,
            let descriptors = WorkerDescriptors.inherited(environment: ProcessInfo.processInfo.environment)
        else { return }
        let settings = WorkerProcessSettings(release: CrashJobs.release, logger: OwnService.logger) { _, _ in
            var handlers = Handlers()
            CrashJobs().register(&handlers)
            return handlers
        }
        await WorkerProcessMain.run(descriptors, sharing: 1, settings)
    }

    private static let workerName = "crash-app worker"

    private static func pipes(_ incarnation: Incarnation) -> PipeSettings {
        var pipes = PipeSettings(host: incarnation.owner.node, concurrency: 1)
        pipes.pageDirectory = incarnation.path
        return pipes
    }

    /// Children are this program started again; what they are they see from their descriptors.
    private static func command(_ incarnation: Incarnation) -> ProcessCommand {
        var environment: [String: String] = [:]
        for name in ["CRASH_MARKS", "PATH"] { environment[name] = variable(name) }
        return ProcessCommand(
            executable: "/proc/self/exe", isThisProgram: true, arguments: [workerName],
            environment: environment, sharedDescriptors: [incarnation.lock], pageDirectory: incarnation.path)
    }
}
