package import Hakobi
import HakobiCore
package import Logging
import Synchronization

/// All worker programs of a process: for each command as many as jobs run at once here.
package struct WorkerPrograms: Sendable {
    private let pools: [ProgramPool]

    /// Starts them all, and waits until each has said hello.
    /// - Throws: the first one's failure, as a sentence; no program is left then.
    package static func start(
        _ commands: [String], slots: Int, crashBudget: Int, environment: [String: String], logger: Logger
    ) async throws -> WorkerPrograms {
        let house = ProgramHouse(
            environment: ProgramEnvironment.inherited(environment), crashBudget: crashBudget, logger: logger)
        return try await start(commands, slots: slots, house)
    }

    static func start(_ commands: [String], slots: Int, _ house: ProgramHouse) async throws -> WorkerPrograms {
        let all = try commands.map { command in try (0..<slots).map { _ in try WorkerProgram(command, house) } }
        var begun: [WorkerProgram] = []
        do {
            for program in all.joined() {
                try program.begin()
                begun.append(program)
            }
            for program in begun { await program.hasSpoken() }
            let pools = try all.map { programs in ProgramPool(programs, offers: try offers(of: programs)) }
            return WorkerPrograms(pools: pools)
        } catch {
            await WorkerProgram.close(begun)
            throw error
        }
    }

    /// What each of the programs of one command handles: any of them may be given any job.
    private static func offers(of programs: [WorkerProgram]) throws -> [ProgramHello.Offer] {
        let hellos = try programs.map { program in try program.hello() }
        let offers = hellos.first?.offers ?? []
        if let command = programs.first?.command, !hellos.allSatisfy({ $0.names(the: offers) }) {
            throw ProgramFailure("worker program \"\(command)\": not all of them name the same kinds")
        }
        return offers
    }

    /// Registers a handler for each kind that a program handles; a kind that has one already becomes a problem of `handlers`.
    package func register(in handlers: inout Handlers) {
        for pool in pools {
            for offer in pool.offers {
                handlers.on(kind: offer.kind.description, HandlerOptions(limits: offer.limits)) { _, context in
                    try await pool.run(context, offer.limits)
                }
            }
        }
    }

    /// Ends them all, as the end of this process would.
    package func close() async { await WorkerProgram.close(pools.flatMap(\.programs)) }
}

extension ProgramHello {
    /// Whether these are the kinds it names.
    fileprivate func names(the others: [Offer]) -> Bool { Set(offers.map(\.kind)) == Set(others.map(\.kind)) }
}

/// The programs of one command.
final class ProgramPool: Sendable {
    let offers: [ProgramHello.Offer]
    let programs: [WorkerProgram]
    private let free: Mutex<[WorkerProgram]>

    init(_ programs: [WorkerProgram], offers: [ProgramHello.Offer]) {
        self.programs = programs
        self.offers = offers
        free = Mutex(programs)
    }

    func run(_ context: JobContext, _ offered: TimeLimits) async throws {
        let own = context.job.limits
        let limits = TimeLimits(soft: own.soft ?? offered.soft, hard: own.hard ?? offered.hard)
        let line = try ServiceMessage.line(giving: context.job, limits)
        guard let program = take() else { throw Snooze(.seconds(1), reason: "no worker program is free") }
        defer { free.withLock { $0.append(program) } }
        try await program.run(context, line, limit: limits.soft)
    }

    /// The last one that became free, whose caches are warm; one that is being started only when there is no other.
    private func take() -> WorkerProgram? {
        free.withLock { free in
            guard let index = free.lastIndex(where: \.isReady) ?? free.indices.last else { return nil }
            return free.remove(at: index)
        }
    }
}
