internal import HakobiCore
internal import HakobiDatabase
internal import Synchronization

/// What the two connections of one store know together.
final class Shared: Sendable {
    let statements: AllStatements
    let options: PostgresOptions
    let schema: String
    let channel: String
    let quotedSchema: String
    let cursors = Mutex(LaneCursors())
    let batches = Batches()
    let hints = Hints()
    /// How often this process has made a lane: the other connection then reads them again.
    let lanesMade = Atomic<Int>(0)
    /// Somebody knows of something below the cursors: the next claim is to look at everything.
    let wantsLook = Atomic<Bool>(false)
    /// What a hint says to that effect.
    static let lookWord = "look"
    /// The way of hints to other processes, once there is one.
    let books = Mutex<(@Sendable () -> Link<Work>?)?>(nil)

    init(_ address: PostgresAddress, _ options: PostgresOptions) {
        self.options = options
        schema = address.schema
        channel = address.channel
        quotedSchema = address.quotedSchema
        statements = AllStatements(address.quotedSchema)
    }

    /// A hint for the others on its own, if one of them waits for work, or at work as well; lost when it cannot be sent.
    func tellOthers(evenBusy: Bool = false) {
        guard let link = books.withLock({ $0?() }) else { return }
        link.send(evenBusy ? .notify(channel, "") : .tellIdle(), done: { _ in })
    }
}

extension Operation {
    /// Sends one payload on a channel.
    static func notify(_ channel: String, _ payload: String) -> Operation {
        Operation(needsSchema: false) { session throws(PostgresError) in
            let round = session.newRound()
            round.isReadOnly = true
            round.add(.notify) {
                $0.text(channel)
                $0.text(payload)
            }
            _ = try session.run(round)
            return {}
        }
    }
}

extension Operation {
    /// A hint for those who wait for work.
    static func tellIdle() -> Operation {
        Operation(needsSchema: true) { session throws(PostgresError) in
            let round = session.newRound()
            round.isReadOnly = true
            round.add(session.sql.session.tellIdle) { $0.text(session.shared.channel) }
            _ = try session.run(round)
            return {}
        }
    }
}

extension Link<Work> {
    /// Hands in an operation that nobody waits for; `done` hears whether it was done.
    func send(_ operation: Operation, done: @escaping @Sendable (Bool) -> Void) {
        let body = operation.body
        post("hint") { reply in
            .other(
                Operation(needsSchema: operation.needsSchema) { session throws(PostgresError) in
                    let answer = try body(session)
                    return {
                        answer()
                        reply.succeed(())
                    }
                })
        } told: { (result: Result<Void, StoreError>) in
            if case .success = result { done(true) } else { done(false) }
        }
    }
}
